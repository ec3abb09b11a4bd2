import { z } from 'zod';
import { isDatabaseId } from '../../lib/ids';
import { Problem } from '../../lib/problems';
import type { QueueState as State, WaitingRoom } from '../../waiting-room';
import type { Policies } from '../access';
import { type Answer, type Context, endpoint, type Endpoint, type Reply } from '../endpoint';
import { eventsOf, STREAM_HEADERS } from '../event-stream';
import { at, ConcertId, notFound } from '../path';
import type { Entry } from '../presales/entry';
import type { RoomStreams } from './events';
import { JoinBody, QueueState, RoomQuery } from './schema';

export interface WaitingRoomRoutesParts {
  policies: Policies;
  room: WaitingRoom;
  streams: RoomStreams;
  entry: Entry;
  addressOf: (ctx: Context) => string;
}

const QUEUE_TOKEN_HEADER = { 'X-Queue-Token': 'Optional: restores a place that the room itself has lost' };

const STATE = {
  description: 'The place',
  schema: QueueState,
  headers: ['Retry-After', 'Cache-Control'],
} satisfies Answer;
const STATE_EVENT = 'event: state\ndata: {"concertId":"17","status":"WAITING","position":512,…}\n\n';

export function waitingRoomRoutes({
  policies,
  room,
  streams,
  entry,
  addressOf,
}: WaitingRoomRoutesParts): Endpoint[] {
  const tag = 'Waiting room';
  return [
    endpoint({
      name: 'joinQueue',
      method: 'post',
      path: at('/api/users/queue', {}),
      tag,
      summary: "Take a place in a concert's waiting room",
      access: policies.user,
      input: z.object({ body: JoinBody }),
      headers: QUEUE_TOKEN_HEADER,
      answers: {
        201: { ...STATE, description: 'A new place, at the end' },
        200: { ...STATE, description: 'The place that the user already has' },
      },
      problems: ['CONCERT_NOT_FOUND', 'ACCESS_CODE_REQUIRED', 'ACCESS_CODE_INVALID', 'ACCESS_CODE_USED'],
      handle: async ({ ctx, caller, input }) => {
        const { concertId, accessCode = null } = input.body;
        const who = { userId: caller.userId, queueToken: queueToken(ctx), address: addressOf(ctx) };
        const joined = isDatabaseId(concertId) ? await entry.join({ concertId, accessCode, ...who }) : null;
        if (joined === null) throw notFound(ConcertId);
        return stateReply(joined.created ? 201 : 200, joined.state);
      },
    }),
    endpoint({
      name: 'getQueueState',
      method: 'get',
      path: at('/api/users/queue', {}),
      tag,
      summary: 'Where am I: counts as a sign of life',
      access: policies.user,
      input: z.object({ query: RoomQuery }),
      headers: QUEUE_TOKEN_HEADER,
      answers: { 200: STATE },
      problems: ['NOT_QUEUED'],
      handle: async ({ ctx, caller, input }) => {
        const { concertId } = input.query;
        const state = isDatabaseId(concertId)
          ? await room.look(concertId, caller.userId, queueToken(ctx))
          : null;
        if (state === null) throw notQueued();
        return stateReply(200, state);
      },
    }),
    endpoint({
      name: 'followQueue',
      method: 'get',
      path: at('/api/users/queue/events', {}),
      tag,
      summary: 'The same as a stream: `event: state` on connect and on every change',
      access: policies.user,
      input: z.object({ query: RoomQuery }),
      headers: QUEUE_TOKEN_HEADER,
      answers: { 200: eventsOf('Each `event: state` has a QueueState, as JSON, in its `data`', STATE_EVENT) },
      problems: ['NOT_QUEUED'],
      handle: async ({ ctx, caller, input }) => {
        const { concertId } = input.query;
        const stream = isDatabaseId(concertId)
          ? await streams.open({
              concertId,
              userId: caller.userId,
              tokenId: caller.tokenId,
              tokenEndsMs: caller.expiresAt.getTime(),
              queueToken: queueToken(ctx),
            })
          : null;
        if (stream === null) throw notQueued();
        ctx.req.on('close', () => stream.destroy());
        return {
          status: 200,
          body: stream,
          headers: STREAM_HEADERS,
        };
      },
    }),
    endpoint({
      name: 'leaveQueue',
      method: 'delete',
      path: at('/api/users/queue', {}),
      tag,
      summary: 'Give up the place, or the admission and its slot, for good',
      access: policies.user,
      input: z.object({ query: RoomQuery }),
      headers: { 'X-Queue-Token': 'Optional: gives up a place that the room itself has lost' },
      answers: { 204: { description: 'Given up, or never had', schema: null } },
      handle: async ({ ctx, caller, input }) => {
        const { concertId } = input.query;
        if (isDatabaseId(concertId)) await room.leave(concertId, caller.userId, queueToken(ctx));
        return { status: 204 };
      },
    }),
  ];
}

const notQueued = (): Problem =>
  new Problem('NOT_QUEUED', 'You have no place in this waiting room. Join it.');

const queueToken = (ctx: Context): string | null => ctx.get('x-queue-token') || null;

function stateReply(status: number, state: State): Reply {
  return {
    status,
    body: state,
    headers: { 'Retry-After': String(Math.ceil(state.pollAfterMs / 1000)), 'Cache-Control': 'no-store' },
  };
}
