// Lives in web and worker processes.
import { seatId } from '../../booking/seat-id';
import type { Booking, Command, Outcome, Refusal, Schedule, SeatsByNumber } from '../../booking/types';
import type { ProblemCode } from '../../lib/problems';
import type { CommandKind, EndedCommand, StoredCommand } from '../../models/command-store';
import type { EndedJob } from './ended-job';
import { bookingView, entryView, paymentView, ticketView } from './presenters';

/** What the client polls: a command on its way, or how it ended. */
export type Job = { id: string; kind: CommandKind; status: 'queued' } | EndedJob;

/** Turns what the rules decided into what is stored and told. */
export function endedOf(
  { id, userId, kind }: Command,
  decided: Outcome,
  schedule: Schedule,
  seats: SeatsByNumber,
  nowMs: number,
): EndedCommand {
  const outcome =
    decided.status === 'rejected'
      ? refusalView(decided.refusal, schedule.id)
      : 'entry' in decided
        ? { entry: entryView(decided.entry, schedule) }
        : 'blocked' in decided
          ? { blocked: decided.blocked }
          : resultView(decided, schedule, seats);
  return { id, userId, kind, status: decided.status, outcome, finishedAtMs: nowMs };
}

/** A command that the system could not carry out; nothing was changed. */
export function failedOf({ id, userId, kind }: Command, nowMs: number): EndedCommand {
  const detail = 'The service could not carry this out; nothing was changed. Try again.';
  return {
    id,
    userId,
    kind,
    status: 'failed',
    outcome: reason('COMMAND_FAILED', detail),
    finishedAtMs: nowMs,
  };
}

/** @returns null for a recorded charge: it is no job */
export function jobOf({ id, kind, userId, status, outcome, finishedAtMs }: StoredCommand): Job | null {
  if (kind === 'charge') return null;
  if (status === 'queued' || finishedAtMs === null) return { id, kind, status: 'queued' };
  return { id, userId, kind, status, outcome: JSON.stringify(outcome), finishedAtMs };
}

function resultView(
  { booking, paid }: Extract<Outcome, { booking: Booking }>,
  schedule: Schedule,
  seats: SeatsByNumber,
) {
  const view = bookingView(booking, schedule, seats);
  if (paid === undefined) return { booking: view };
  return {
    booking: view,
    payment: paymentView(paid.payment, schedule),
    tickets: paid.tickets.map((ticket) => ticketView(ticket, schedule, seats)),
    balance: paid.balance,
  };
}

function refusalView({ code, detail, seatNumbers, balance, required }: Refusal, scheduleId: string) {
  return {
    ...reason(code, detail),
    ...(seatNumbers === undefined
      ? {}
      : { seatIds: seatNumbers.map((number) => seatId(scheduleId, number)) }),
    ...(required === undefined ? {} : { balance, required }),
  };
}

/** The code's title and status are added where it is shown: they are the API's. */
const reason = (code: ProblemCode, detail: string) => ({ code, detail });
