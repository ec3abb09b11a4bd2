import { PassThrough } from 'node:stream';
import type { SeatFollower } from '../../seat-map/follower';
import type { SeatChanges, SeatStates } from '../../seat-map/seat-map';
import { changesView } from './seat-map-body';
import { TIMES } from '../../lib/times';

export interface SeatStreamOf {
  scheduleId: string;
  userId: string;
  /** The version that the caller has; null: none. */
  since: number | null;
  /** The JSON of a whole map. */
  wholeMap(map: SeatStates): Promise<Buffer>;
  /** @throws Problem once the caller may not see it any more */
  check(): Promise<unknown>;
  /** Closes the connection, whatever was not sent yet. */
  cut(): void;
}

// Each unread stream may keep a map of its own version. One that reads takes a map in less, however slow its line.
const UNREAD_AT_MOST_MS = 120_000;

// Everybody who keeps up is told the very same.
const texts = new WeakMap<SeatChanges, string>();

/**
 * One caller's stream. It tells what has changed since its last event when the client has taken that: whoever reads
 * slowly gets fewer and larger events, and holds no more memory than one of them.
 */
export class SeatStream {
  readonly out = new PassThrough();
  #told = 0;
  #position = 0;
  #telling = true;
  #wroteAt = Date.now();

  constructor(
    readonly of: SeatStreamOf,
    private readonly follower: SeatFollower,
    private readonly onFault: (error: unknown) => void,
  ) {
    this.out.on('drain', () => this.tell());
  }

  /** The first event. @param changes since the version that the caller has; null when that is not known */
  async begin(changes: SeatChanges | null): Promise<void> {
    if (changes !== null && changes.version >= this.follower.map.version) {
      this.#position = this.follower.position;
      this.#write(changes.version, this.#textOf(changes));
    } else {
      await this.#tellAll();
    }
    this.#telling = false;
    this.tell();
  }

  /** Whatever there is to be told now, if the client takes it. */
  tell(): void {
    const { follower } = this;
    if (this.#telling || this.#isBlocked || follower.position === this.#position) return;
    if (follower.map.version < this.#told) return; // The first event was ahead: told with the next change.
    const changes = follower.after(this.#position);
    if (changes !== null) {
      this.#position = follower.position;
      this.#write(changes.version, this.#textOf(changes));
      return;
    }
    void this.#tellAnew();
  }

  beat(): void {
    const silentMs = Date.now() - this.#wroteAt;
    if (!this.#isBlocked && silentMs > TIMES.heartbeatMs) this.out.write(': alive\n\n');
    if (this.#isBlocked && silentMs > UNREAD_AT_MOST_MS) this.end();
  }

  /** The client is told, and cut off if it does not take it soon. */
  end(): void {
    if (!this.isOpen) return;
    this.out.end();
    // Also when `out` has closed by then: its last bytes may still wait in the response.
    setTimeout(() => {
      this.out.destroy();
      this.of.cut();
    }, TIMES.streamEndMs).unref();
  }

  get isOpen(): boolean {
    return this.out.writable;
  }

  get #isBlocked(): boolean {
    return this.out.writableNeedDrain || !this.isOpen;
  }

  /** Never rejects. */
  async #tellAnew(): Promise<void> {
    this.#telling = true;
    try {
      await this.#tellAll();
    } catch (error) {
      this.onFault(error);
      this.end(); // The client connects again by itself.
    }
    this.#telling = false;
    this.tell();
  }

  async #tellAll(): Promise<void> {
    const { map, position } = this.follower;
    const body = await this.of.wholeMap(map);
    this.#position = position;
    this.#write(map.version, body);
  }

  #textOf(changes: SeatChanges): string {
    const text = texts.get(changes) ?? JSON.stringify(changesView(this.of.scheduleId, changes));
    texts.set(changes, text);
    return text;
  }

  /** The id comes back as Last-Event-ID when a client connects again. */
  #write(version: number, json: string | Buffer): void {
    this.#told = version;
    this.#wroteAt = Date.now();
    if (!this.isOpen) return;
    this.out.write(`event: seats\nid: ${version}\ndata: `);
    this.out.write(json); // As it is: a thousand streams share one map's bytes.
    this.out.write('\n\n');
  }
}
