import { LRUCache } from 'lru-cache';
import { FreeSeats } from '../booking/free-seats';
import type { Command, HallState, Schedule } from '../booking/types';
import { WaitingList } from '../booking/waiting-list';
import { type Run, together } from '../lib/pipeline';
import { type EntryRow, entryOf } from './group-rows';
import { LAST_SEQUENCE, TAKEN, WAITING } from './group-statements';
import type { Hall } from './hall';

/**
 * The halls that this process has decided on, each at the versions that its last transaction left. Whoever has
 * the schedule's lock asks for the versions found under it: what another process has changed meanwhile is never taken for
 * what is, and is read again.
 */
export interface HallMemory {
  /**
   * @param found under the schedule's lock. Lower ones than those remembered mean that Postgres has lost transactions:
   *   everything is forgotten then
   */
  recall(scheduleId: string, found: Versions): HallState | undefined;
  /** Of a committed transaction. Older versions than those remembered are left aside. */
  keep(scheduleId: string, versions: Versions, state: HallState): void;
  /**
   * For when a transaction has failed. Versions are Postgres' own: one that took over from it without all that it had counts
   * some of them a second time.
   */
  clear(): void;
}

// Over all halls, and as much again for each decision under way: a seat is about a byte.
const REMEMBERED_BYTES = 50_000_000;
const BYTES_PER_ENTRY = 700;
const IDLE_MS = 600_000;

export function createHallMemory(): HallMemory {
  const states = new LRUCache<string, { versions: Versions; state: HallState }>({
    maxSize: REMEMBERED_BYTES,
    sizeCalculation: ({ state: { free, waiting } }) =>
      1 + free.plan.seatCount + BYTES_PER_ENTRY * (waiting?.size ?? 0),
    ttl: IDLE_MS,
    updateAgeOnGet: true,
  });
  return {
    recall: (scheduleId, found) => {
      const remembered = states.get(scheduleId);
      if (remembered === undefined) return undefined;
      const { versions, state } = remembered;
      if (isBehind(found, versions)) states.clear();
      else if (!isBehind(versions, found)) return state;
      return undefined;
    },
    keep: (scheduleId, versions, state) => {
      const remembered = states.peek(scheduleId);
      if (remembered === undefined || isBehind(remembered.versions, versions))
        states.set(scheduleId, { versions, state });
    },
    clear: () => states.clear(),
  };
}

/** Each transaction that changes anything of a hall raises one of the two, or both. */
const isBehind = (one: Versions, other: Versions): boolean =>
  one.seats < other.seats || one.waitlist < other.waitlist;

/** Of a schedule, as read under its lock. */
export interface Versions {
  /** Of its seat map. */
  seats: number;
  /** Of its waiting list; 0: nobody ever waited. */
  waitlist: number;
}

/** Whether these commands cannot be decided without the free seats of the whole hall. */
export function needsHall({ singleSeats }: Schedule, commands: readonly Command[]): boolean {
  return commands.some(
    (command) =>
      command.kind === 'enlist' ||
      (command.kind === 'hold' && (command.bestAvailable !== undefined || singleSeats === 'refuse')),
  );
}

/** As Postgres has it, under the schedule's lock: what a hold that has ended keeps until it is released counts as taken. */
export async function readHallState(
  run: Run,
  scheduleId: string,
  hall: Hall,
  { waitlist }: Versions,
): Promise<HallState> {
  const [[row], waiting] = await together([
    run<{ taken: number[] }>(TAKEN, [scheduleId]),
    waitlist === 0 ? undefined : readWaitingList(run, scheduleId),
  ]);
  return { free: FreeSeats.of(hall.plan, row?.taken ?? []), waiting, isUnoffered: true };
}

async function readWaitingList(run: Run, scheduleId: string): Promise<WaitingList> {
  const [rows, [last]] = await together([
    run<EntryRow & { live_seats: number }>(WAITING, [scheduleId]),
    run<{ sequence: number }>(LAST_SEQUENCE, [scheduleId]),
  ]);
  const liveSeats = new Map(rows.map((row) => [row.user_id, row.live_seats]));
  return new WaitingList(rows.map(entryOf), liveSeats, last?.sequence);
}
