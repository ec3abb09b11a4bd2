// Lives in web and worker processes.
import { seatId } from '../../booking/seat-id';
import type { Command, Outcome, Refusal, Schedule, SeatsByNumber } from '../../booking/types';
import { uuidTime } from '../../lib/ids';
import { PROBLEMS, type ProblemCode } from '../../lib/problems';
import type { CommandKind, CommandStatus, StoredCommand } from '../../models/command-store';
import type { FinishedCommand } from '../../models/group-changes';
import { bookingView, paymentView, ticketView } from './presenters';

/** How a command ended, as told to whoever asks: `outcome` is the job's `result` or `error`. */
export interface Finished extends Omit<FinishedCommand, 'command'> {
  id: string;
  userId: string;
  kind: CommandKind;
  finishedAtMs: number;
}

/** A job as clients see it. */
export interface JobView {
  id: string;
  kind: CommandKind;
  status: CommandStatus;
  createdAt: string;
  finishedAt: string | null;
  result: unknown;
  error: unknown;
  pollAfterMs: number | null;
}

// What a queued job's owner is told to wait: most commands end well within that.
export const JOB_POLL_AFTER_MS = 250;

/** Turns what `decide` said into what is stored. */
export function finishedOf(
  command: Command,
  outcome: Outcome,
  schedule: Schedule,
  seats: SeatsByNumber,
): FinishedCommand {
  const { status } = outcome;
  if (status === 'rejected') return { command, status, outcome: refusalView(outcome.refusal, schedule.id) };
  const booking = bookingView(outcome.booking, schedule, seats);
  if (outcome.paid === undefined) return { command, status, outcome: { booking } };
  const { payment, tickets, balance } = outcome.paid;
  return {
    command,
    status,
    outcome: {
      booking,
      payment: paymentView(payment, schedule),
      tickets: tickets.map((ticket) => ticketView(ticket, schedule, seats)),
      balance,
    },
  };
}

/** A command that the system could not carry out; nothing was changed. */
export function failedOf(command: Command): FinishedCommand {
  const detail = 'The service could not carry this out; nothing was changed. Try again.';
  return { command, status: 'failed', outcome: errorView('COMMAND_FAILED', detail) };
}

/** What is told of it. */
export function toldOf(
  { command: { id, userId, kind }, status, outcome }: FinishedCommand,
  nowMs: number,
): Finished {
  return { id, userId, kind, status, outcome, finishedAtMs: nowMs };
}

function refusalView({ code, detail, seatNumbers, balance, required }: Refusal, scheduleId: string) {
  return {
    ...errorView(code, detail),
    ...(seatNumbers === undefined
      ? {}
      : { seatIds: seatNumbers.map((number) => seatId(scheduleId, number)) }),
    ...(required === undefined ? {} : { balance, required }),
  };
}

function errorView(code: ProblemCode, detail: string) {
  const { title, status } = PROBLEMS[code];
  return { code, title, detail, status };
}

export function queuedJob(id: string, kind: CommandKind): JobView {
  return {
    id,
    kind,
    status: 'queued',
    createdAt: createdAt(id),
    finishedAt: null,
    result: null,
    error: null,
    pollAfterMs: JOB_POLL_AFTER_MS,
  };
}

export function finishedJob(finished: Finished): JobView {
  const { id, kind, status, outcome } = finished;
  return {
    id,
    kind,
    status,
    createdAt: createdAt(id),
    finishedAt: new Date(finished.finishedAtMs).toISOString(),
    result: status === 'completed' ? outcome : null,
    error: status === 'completed' ? null : outcome,
    pollAfterMs: null,
  };
}

/** @returns null for a recorded charge: it is no job */
export function storedJob(stored: StoredCommand): JobView | null {
  const { id, kind, userId, status, outcome, finishedAt } = stored;
  if (kind === 'charge') return null;
  if (status === 'queued' || finishedAt === null) return queuedJob(id, kind);
  return finishedJob({ id, kind, userId, status, outcome, finishedAtMs: finishedAt.getTime() });
}

/** Ids tell the time of their making, so that every process says the same without asking. */
const createdAt = (id: string): string => new Date(uuidTime(id)).toISOString();
