import type { QueuePolicy } from './queue-policy';

/** A room at the moment when its policy is to change, by the database's clock. */
export interface RoomNow {
  nowMs: number;
  /** null: the room is being made. */
  policy: QueuePolicy | null;
  /** When booking of its first date starts; null without a date. */
  bookingMs: number | null;
  /** Somebody was admitted, or passed over. */
  hadTurns: boolean;
  draw: 'NONE' | 'ANNOUNCED' | 'CLOSED';
  /** When the last of its presales ends; null when none runs or is to come. */
  presaleEndsMs: number | null;
}

/** Why a policy cannot be, and which part of it. */
export interface PolicyFault {
  part: keyof QueuePolicy;
  message: string;
}

/** Thrown where a policy was to be put into force that cannot be. */
export class PolicyRefusedError extends Error {
  constructor(readonly fault: PolicyFault) {
    super(`${fault.part} ${fault.message}`);
    this.name = 'PolicyRefusedError';
  }
}

/**
 * So long before a room opens its draw and the moment of it are settled: a tick may go on with the rules of before for a moment, and a
 * list may be closed while a change is on its way.
 */
const SETTLED_BEFORE_MS = 5000;

/** What is wrong with a policy for this room; null: it can be put into force. */
export function policyFault(room: RoomNow, next: QueuePolicy): PolicyFault | null {
  const message = orderFault(room, next);
  if (message !== null) return { part: 'order', message };
  const moment = momentFault(room, next);
  return moment === null ? null : { part: 'opensAt', message: moment };
}

function orderFault({ nowMs, policy, bookingMs, hadTurns, draw }: RoomNow, next: QueuePolicy): string | null {
  if (draw !== 'NONE') return next.order === 'draw' ? null : 'stays "draw": what was announced is held';
  if (next.order !== 'draw') return null;
  if (hadTurns) return 'cannot be "draw" any more: this room has let people in already';
  const opensAtMs = openingOf(next, bookingMs);
  // Nobody has the rules of a room that is being made.
  const settledBeforeMs = policy === null ? 0 : SETTLED_BEFORE_MS;
  if (opensAtMs === null || opensAtMs > nowMs + settledBeforeMs) return null;
  return `cannot be "draw": the room is open, or opens within ${SETTLED_BEFORE_MS / 1000} s. Set opensAt to a later moment with it`;
}

function momentFault(
  { nowMs, policy, bookingMs, draw, presaleEndsMs }: RoomNow,
  next: QueuePolicy,
): string | null {
  if (next.opensAt === (policy?.opensAt ?? null)) return null;
  if (next.opensAt !== null && Date.parse(next.opensAt) <= nowMs) {
    return 'must lie in the future; null opens the room when booking of the first date starts';
  }
  const opensMs = openingOf(next, bookingMs);
  if (presaleEndsMs !== null && opensMs !== null && opensMs < presaleEndsMs) {
    return `must not open the room before ${new Date(presaleEndsMs).toISOString()}, when a presale ends`;
  }
  if (policy === null || draw === 'NONE') return null;
  if (draw === 'CLOSED') return 'cannot be moved: at that moment the list of entrants was closed';
  const [before, after] = [openingOf(policy, bookingMs), openingOf(next, bookingMs)];
  if (before === null) return null;
  if (before <= nowMs + SETTLED_BEFORE_MS) {
    return `cannot be moved: it has passed, or comes within ${SETTLED_BEFORE_MS / 1000} s, and the list of entrants is closed then`;
  }
  if (after !== null && after >= before) return null;
  return 'can only be moved to later, as a draw is announced: who counts on the moment must not miss it';
}

/** What is wrong with moving the moment of a room's opening by moving one of its dates; null: nothing. */
export function movedOpeningFault(
  { nowMs, draw }: Pick<RoomNow, 'nowMs' | 'draw'>,
  beforeMs: number | null,
  afterMs: number | null,
): string | null {
  if (draw === 'NONE' || beforeMs === null || afterMs === null || afterMs === beforeMs) return null;
  if (draw === 'CLOSED' || beforeMs <= nowMs + SETTLED_BEFORE_MS) {
    return afterMs <= nowMs ? null : 'would move the opening, at which the list of a draw was closed';
  }
  return afterMs > beforeMs ? null : 'would open the room earlier than the draw that is announced says';
}

/** When the room opens under that policy (ms since 1970); null when neither its own moment nor a date is known. */
function openingOf({ opensAt }: QueuePolicy, bookingMs: number | null): number | null {
  if (opensAt === null) return bookingMs;
  return Math.max(Date.parse(opensAt), bookingMs ?? 0);
}
