import type { Logger } from '../lib/logger';
import type { Subscriptions } from '../lib/subscriptions';
import { changedStates, differences, type SeatChanges } from './changes';
import { type SeatMap, seatMapChannel, type SeatStates } from './seat-map';
import { TIMES } from '../lib/times';

/** One schedule's map as this process sees it, for any number of listeners. */
export interface SeatFollower {
  /** The map as last seen. */
  readonly map: SeatStates;
  /** How many changes were seen: where a listener stands. */
  readonly position: number;
  /** What has changed since a listener stood there; null when that was too long ago. */
  after(position: number): SeatChanges | null;
  close(): Promise<void>;
}

export interface FollowerParts {
  seatMap: Pick<SeatMap, 'read' | 'changes'>;
  subscriptions: Subscriptions;
  logger: Logger;
}

export interface Listening {
  onChange(): void;
  /** The map is of another time (a database put back), or gone: what listeners were told is worth nothing. */
  onLost(): void;
}

// Ten seconds and more of a busy sale, for listeners that read slowly.
const KEPT_CHANGES = 64;

/** @returns null when there is no such schedule */
export async function followSeats(
  parts: FollowerParts,
  scheduleId: string,
  listening: Listening,
): Promise<SeatFollower | null> {
  let ring = (): void => undefined;
  // Listening before reading: else a change may fall in between. One that comes while reading is seen at the first look.
  const stopListening = await parts.subscriptions.listen(seatMapChannel(scheduleId), () => ring());
  try {
    const first = await parts.seatMap.read(scheduleId);
    if (first !== null) {
      const follower = new Follower(parts, scheduleId, listening, first, stopListening);
      ring = () => follower.ring();
      return follower;
    }
  } catch (error) {
    await stopListening();
    throw error;
  }
  await stopListening();
  return null;
}

class Follower implements SeatFollower {
  position = 0;
  readonly #kept: SeatChanges[] = [];
  #looking: Promise<void> | null = null;
  /** 0: at once, for what was committed while the first map was read. */
  #lookedAt = 0;
  #rung = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly parts: FollowerParts,
    private readonly scheduleId: string,
    private readonly listening: Listening,
    public map: SeatStates,
    private readonly stopListening: () => Promise<void>,
  ) {
    this.#lookAfter(TIMES.seatLookMs);
  }

  ring(): void {
    if (this.#rung) return;
    this.#rung = true;
    if (this.#looking === null) this.#lookAfter(TIMES.seatLookMs);
  }

  after(position: number): SeatChanges | null {
    const missed = this.position - position;
    if (missed > this.#kept.length) return null;
    const [latest] = this.#kept.slice(-1);
    if (missed === 1 && latest !== undefined) return latest; // The very same for all who keep up.
    const changed = missed === 0 ? [] : this.#kept.slice(-missed).flatMap((each) => [...each.changed]);
    return { version: this.map.version, changed: new Map(changed) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all([this.stopListening(), this.#looking]);
  }

  /** @param ms after the last look */
  #lookAfter(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#start(), Math.max(0, this.#lookedAt + ms - Date.now()));
  }

  #start(): void {
    this.#rung = false;
    this.#lookedAt = Date.now();
    this.#looking = this.#look()
      .catch((error: unknown) => {
        const { scheduleId } = this;
        this.parts.logger.debug({ err: error, scheduleId }, 'a seat map was not seen: will look again');
      })
      .finally(() => {
        this.#looking = null;
        this.#lookAfter(this.#rung ? TIMES.seatLookMs : TIMES.seatLookAgainMs);
      });
  }

  async #look(): Promise<void> {
    const { scheduleId, map } = this;
    const { seatMap } = this.parts;
    const changes = await seatMap.changes(scheduleId, map.version);
    if (changes !== null) {
      this.#take({ ...changes, states: changedStates(map.states, changes.changed) });
      return;
    }
    const read = await seatMap.read(scheduleId);
    const changed = differences(map.states, read?.states ?? '');
    const isLater = read !== null && (read.version > map.version || changed.size === 0);
    if (isLater && read.version >= map.version) this.#take({ ...read, changed });
    else this.listening.onLost();
  }

  #take({ version, states, changed }: SeatChanges & SeatStates): void {
    if (version === this.map.version && changed.size === 0) return;
    this.map = { version, states };
    this.position += 1;
    this.#kept.push({ version, changed });
    if (this.#kept.length > KEPT_CHANGES) this.#kept.shift();
    this.listening.onChange();
  }
}
