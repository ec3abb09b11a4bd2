import { z } from 'zod';

/** First element of a script's reply; the prelude of the scripts has the same list. */
const ACTIVE = 1;
const WAITING = 2;
const DONE = 3;
const NO_ROOM = -1;
const NO_PLACE = -2;
const LAPSED = -3;
const RESTARTED = -4;
export const CODES = { WAITING, DONE, NO_ROOM, RESTARTED } as const;

/** A place or an admission, as the scripts tell it. */
export interface FoundPlace {
  kind: 'FOUND';
  status: 'WAITING' | 'ACTIVE';
  epoch: number;
  sequence: string;
  /** Rank from the front, 1 first; 0 when ACTIVE. */
  position: number;
  pollAfterMs: number;
  /** End of the admission (ms since 1970); 0 while waiting. */
  untilMs: number;
  /** Admitted in 1,000 seconds; 0 when not known. */
  rateMilli: number;
  /** The room was lost and others may still come back in front. */
  restoring: boolean;
  phase: Phase;
  /** When the room opens (ms since 1970), as long as it is not; 0 when not known. */
  opensAtMs: number;
  /** Until when seats may be held (ms since 1970); 0 while waiting, and when not known. */
  choosesUntilMs: number;
  /** Seats may be held right now, by Redis' clock. */
  mayHold: boolean;
  /** Of the room's draw. PENDING: nobody's position is known yet. */
  draw: 'NONE' | 'PENDING' | 'MADE';
  /** In a room with a draw: the place is of somebody who came after the list was closed. */
  isBehindDraw: boolean;
  /** What is left of the seats of the concert's open dates; null: not told. */
  stock: { available: number; held: number } | null;
  presale: {
    /** The place is of a presale: in front of all ordinary ones. */
    isMine: boolean;
    /** One runs, and the room is not open to all. */
    runs: boolean;
    /** Others may still come in front of this place. */
    mayOvertake: boolean;
  };
  /** Told to everybody in the room; null without one. */
  message: string | null;
}

/** What is told of the whole room, in the order of the scripts' codes. */
export const PHASES = ['BEFORE_OPENING', 'OPEN', 'PAUSED', 'SOLD_OUT'] as const;
export type Phase = (typeof PHASES)[number];

const DRAWS = ['NONE', 'PENDING', 'MADE', 'PENDING', 'MADE'] as const;
const FIRST_BEHIND = 3;

/** In the order of the scripts' codes. */
const PRESALES = [
  { isMine: false, runs: false, mayOvertake: false },
  { isMine: false, runs: false, mayOvertake: true },
  { isMine: false, runs: true, mayOvertake: true },
  { isMine: true, runs: false, mayOvertake: false },
  { isMine: true, runs: true, mayOvertake: false },
] as const;

export type PlaceReply =
  | FoundPlace
  | { kind: 'NO_ROOM' }
  | { kind: 'NO_PLACE'; epoch: number; restarted: boolean }
  | { kind: 'LAPSED' }
  | { kind: 'RESTARTED' };

const count = z.int().min(0);

/**
 * Reads what `tell` in the scripts said: numbers in one line. By hand, because every poll comes through here.
 * @throws TypeError when it is something else: a fault of this program
 */
export function readPlace(reply: unknown): PlaceReply {
  const [line = '', message] = typeof reply === 'string' ? splitOnce(reply, '\n') : [];
  const words = line.split(' ');
  const [
    code = NaN,
    epoch = NaN,
    ,
    position = NaN,
    pollAfterMs = NaN,
    untilMs = NaN,
    rateMilli = NaN,
    restoring,
    phaseCode = NaN,
    opensAtMs = NaN,
    choosesUntilMs = NaN,
    mayHold,
    drawCode = NaN,
    presaleCode = NaN,
    available = NaN,
    held = NaN,
  ] = words.map(Number);
  const sequence = words[2];
  const phase = PHASES[phaseCode];
  const draw = DRAWS[drawCode];
  const presale = PRESALES[presaleCode];
  switch (code) {
    case ACTIVE:
    case WAITING:
      if (sequence === undefined || phase === undefined || draw === undefined) break;
      if (presale === undefined || mayHold === undefined || Number.isNaN(held)) break;
      return {
        kind: 'FOUND',
        status: code === ACTIVE ? 'ACTIVE' : 'WAITING',
        epoch,
        sequence,
        position,
        pollAfterMs,
        untilMs,
        rateMilli,
        restoring: restoring === 1,
        phase,
        opensAtMs,
        choosesUntilMs,
        mayHold: mayHold === 1,
        draw,
        isBehindDraw: drawCode >= FIRST_BEHIND,
        presale,
        stock: available < 0 ? null : { available, held },
        message: message ?? null,
      };
    case NO_PLACE:
      return { kind: 'NO_PLACE', epoch, restarted: words[2] === '1' };
    case NO_ROOM:
      return { kind: 'NO_ROOM' };
    case LAPSED:
      return { kind: 'LAPSED' };
    case RESTARTED:
      return { kind: 'RESTARTED' };
  }
  throw new TypeError(`A script told a place as ${JSON.stringify(reply)}`);
}

function splitOnce(text: string, by: string): string[] {
  const at = text.indexOf(by);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

const JoinSchema = z.tuple([count, z.string()]);

export function readJoin(reply: unknown): { created: boolean; place: PlaceReply } {
  const [created, place] = JoinSchema.parse(reply);
  return { created: created === 1, place: readPlace(place) };
}

const TickSchema = z.union([
  z
    .tuple([z.literal(DONE), count, count, count, count, count, z.int().min(-1), count, count])
    .transform(([, admitted, abandoned, expired, waiting, active, retryInMs, more, watermark]) => ({
      kind: 'DONE' as const,
      outcome: {
        admitted,
        abandoned,
        expired,
        waiting,
        active,
        retryInMs: retryInMs < 0 ? null : retryInMs,
        more: more === 1,
      },
      watermark,
    })),
  z
    .tuple([z.literal(LAPSED), z.array(z.string())])
    .transform(([, members]) => ({ kind: 'LAPSED' as const, members })),
  z.tuple([z.literal(NO_ROOM)]).transform(() => ({ kind: 'NO_ROOM' as const })),
  z.tuple([z.literal(RESTARTED)]).transform(() => ({ kind: 'RESTARTED' as const })),
]);
export type TickReply = z.infer<typeof TickSchema>;

export function readTick(reply: unknown): TickReply {
  return TickSchema.parse(reply);
}

const StatsSchema = z.union([
  z
    .tuple([z.literal(DONE), count, count, count, count, count, count, count, count, count])
    .transform(
      ([, waiting, active, admitted, abandoned, expired, rateMilli, oldestWaitMs, slots, phase]) => ({
        stats: {
          waiting,
          active,
          admittedTotal: admitted,
          abandonedTotal: abandoned,
          expiredTotal: expired,
          admittedPerSecond: rateMilli / 1000,
          oldestWaitSeconds: Math.floor(oldestWaitMs / 1000),
          phase: PHASES[phase] ?? 'OPEN',
        },
        isEmpty: waiting === 0 && slots === 0,
      }),
    ),
  z.tuple([z.literal(NO_ROOM)]).transform(() => null),
]);
export type StatsReply = z.infer<typeof StatsSchema>;

/** null: Redis does not have the room. */
export function readStats(reply: unknown): StatsReply {
  return StatsSchema.parse(reply);
}

/** For scripts that answer with a text. */
export function readText(reply: unknown): string {
  return z.string().parse(reply);
}

/** For scripts that answer with a plain number. */
export function readCount(reply: unknown): number {
  return count.parse(reply);
}
