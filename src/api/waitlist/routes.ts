import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { CommandGate, Submission } from '../../jobs/gate/command-gate';
import { isUuid } from '../../lib/ids';
import { TIMES } from '../../lib/times';
import type { SeatCatalog } from '../../models/seat-catalog';
import type { WaitlistStore } from '../../models/waitlist-store';
import type { Policies } from '../access';
import { submissionReply } from '../commands/job-answers';
import { problemOfJob } from '../commands/presenter';
import { JobAnswer } from '../commands/schema';
import { scheduleFinder } from '../concerts/routes';
import { type Answer, type Context, endpoint, type Endpoint, type Reply } from '../endpoint';
import { eventsOf, STREAM_HEADERS } from '../event-stream';
import { IDEMPOTENCY_HEADER, idempotencyOf, REPLAYED } from '../idempotency';
import { at, EntryId, notFound, ScheduleId } from '../path';
import { grantFor, type Passes } from '../presales/passes';
import { pageOf, PageQuery } from '../schemas';
import type { EntryStreams } from './entry-streams';
import { presentEntry } from './presenter';
import { EntryAnswer, EntryList, WaitlistBody } from './schema';

export interface WaitlistRoutesParts {
  policies: Policies;
  gate: CommandGate;
  catalog: SeatCatalog;
  waitlist: WaitlistStore;
  passes: Passes;
  entryStreams: EntryStreams;
}

const LATE = {
  description: 'Durably recorded, but not decided yet: poll the job at Location',
  schema: JobAnswer,
  headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
} satisfies Answer;
const RECORDING_PROBLEMS = ['IDEMPOTENCY_KEY_REUSED', 'OVERLOADED', 'COMMAND_FAILED'] as const;
const ENTRIES_EVENT = 'event: entries\ndata: {"entries":[{"id":"019a5f3e-…","status":"OFFERED",…}]}\n\n';

export function waitlistRoutes(parts: WaitlistRoutesParts): Endpoint[] {
  const { policies, gate, catalog, waitlist, passes, entryStreams } = parts;
  const findSchedule = scheduleFinder(catalog);
  const tag = 'Waiting list';

  /** Put on the date's queue like any command, and always waited for: what it comes to is the answer. */
  async function submit(ctx: Context, asked: Parameters<CommandGate['submit']>[0]): Promise<Submission> {
    const submission = await gate.submit(asked, TIMES.longestWaitMs);
    ctx.state.jobId = submission.job.id;
    return submission;
  }

  return [
    endpoint({
      name: 'joinWaitlist',
      method: 'post',
      path: at('/api/concerts/schedules/:scheduleId/waitlist', { scheduleId: ScheduleId }),
      tag,
      summary: 'Wait for seats of a sold-out date: the first that they fit is offered those that come free',
      access: policies.user,
      input: z.object({ body: WaitlistBody }),
      headers: IDEMPOTENCY_HEADER,
      answers: {
        201: { description: 'On the list', schema: EntryAnswer, headers: ['Idempotency-Replayed'] },
        200: { description: 'On the list before, with the same wish', schema: EntryAnswer },
        202: LATE,
      },
      problems: [
        'NOT_SOLD_OUT',
        'ALREADY_WAITING',
        'SEAT_LIMIT',
        'SEAT_NOT_FOUND',
        'BOOKING_WINDOW_CLOSED',
        'SHOW_CANCELLED',
        ...RECORDING_PROBLEMS,
      ],
      problemHeaders: ['Idempotency-Replayed'],
      waitsMs: TIMES.longestWaitMs,
      handle: async ({ ctx, caller: { userId }, params, input: { body } }) => {
        const { entry } = await findSchedule(params, userId);
        const { id: scheduleId, concertId } = entry.schedule;
        const idempotency = idempotencyOf(ctx, body);
        const known = idempotency && (await gate.recall(userId, idempotency, TIMES.longestWaitMs));
        if (known !== null) return entryReply(known);
        // Else whoever has no code could have, by way of this list, what a presale sells.
        grantFor(await passes.of(concertId, userId), scheduleId);
        const { count, accessible } = body;
        const sections = body.sections === undefined ? null : [...new Set(body.sections)].toSorted();
        const wish = { count, sections, accessible };
        const command = { id: uuidv7(), userId, kind: 'enlist' as const, ...wish };
        return entryReply(await submit(ctx, { command, scheduleId, idempotency }));
      },
    }),
    endpoint({
      name: 'listWaitlistEntries',
      method: 'get',
      path: at('/api/waitlist', {}),
      tag,
      summary: 'What I wait for, newest first',
      access: policies.user,
      input: z.object({ query: PageQuery }),
      answers: { 200: { description: 'A page', schema: EntryList } },
      handle: async ({ caller, input: { query } }) => {
        const { limit, cursor } = query;
        // One that this service cannot have given stands behind everything.
        if (cursor !== undefined && !isUuid(cursor))
          return { status: 200, body: { entries: [], nextCursor: null } };
        const rows = await waitlist.entries(caller.userId, { limit: limit + 1, before: cursor ?? null });
        const { page, nextCursor } = pageOf(rows, limit, ({ id }) => id);
        return { status: 200, body: { entries: page.map(presentEntry), nextCursor } };
      },
    }),
    endpoint({
      name: 'followWaitlist',
      method: 'get',
      path: at('/api/waitlist/events', {}),
      tag,
      summary: 'The same as a stream: `event: entries` on connect and on every change',
      access: policies.user,
      input: z.object({}),
      answers: {
        200: eventsOf('Each `event: entries` has the latest of them, as JSON, in its `data`', ENTRIES_EVENT),
      },
      handle: async ({ ctx, caller: { userId, tokenId, expiresAt } }) => {
        const stream = entryStreams.open({ userId, tokenId, tokenEndsMs: expiresAt.getTime() });
        ctx.req.on('close', () => stream.destroy());
        return { status: 200, body: stream, headers: STREAM_HEADERS };
      },
    }),
    endpoint({
      name: 'leaveWaitlist',
      method: 'delete',
      path: at('/api/waitlist/:entryId', { entryId: EntryId }),
      tag,
      summary: 'Leave the list; seats that are offered right now go to the next',
      access: policies.user,
      input: z.object({}),
      headers: IDEMPOTENCY_HEADER,
      answers: { 204: { description: 'Left, or over before', schema: null }, 202: LATE },
      problems: ['ALREADY_PAID', ...RECORDING_PROBLEMS],
      problemHeaders: ['Idempotency-Replayed'],
      waitsMs: TIMES.longestWaitMs,
      handle: async ({ ctx, caller: { userId }, params: { entryId } }) => {
        const scheduleId = await waitlist.scheduleOf(entryId, userId);
        if (scheduleId === null) throw notFound(EntryId);
        const command = { id: uuidv7(), userId, kind: 'withdraw' as const, entryId };
        const submission = await submit(ctx, {
          command,
          scheduleId,
          idempotency: idempotencyOf(ctx, null),
        });
        const { status, headers } = entryReply(submission);
        return status === 202
          ? submissionReply(submission, null)
          : { status: 204, ...(headers && { headers }) };
      },
    }),
  ];
}

const Outcome = z.object({ entry: z.looseObject({ id: z.string() }) });

/** @throws Problem the refusal */
function entryReply(submission: Submission): Reply {
  const { job, replayed } = submission;
  if (job.status === 'queued') return submissionReply(submission, null);
  const headers: Record<string, string> = replayed ? { ...REPLAYED } : {};
  if (job.status !== 'completed') throw problemOfJob(job, headers);
  const { entry } = Outcome.parse(JSON.parse(job.outcome));
  return { status: entry.id === job.id ? 201 : 200, json: job.outcome, headers };
}
