import { setTimeout as sleep } from 'node:timers/promises';
import { memberOf } from './members';
import type { RoomRecord, RoomRecords, RoomRules } from './records';
import { readStats } from './script-replies';
import type { RoomScripts } from './scripts';

/** A winner of the epoch needs one more Redis trip until its room is there. Shorter would make two of one opening. */
const OPENING_TAKES_MS = 150;
/** Of members in one script's call: a hundred thousand arguments are more than a call takes. */
const CHUNK = 1000;
/** An admission may last beyond its time for choosing by a hold. */
const USED_UP_MARGIN_MS = 900_000;

const PRESALE_CODES = { NONE: '0', AHEAD: '1', RUNS: '2' } as const;

/** The rules as scripts take them. */
export function rulesArguments({ policy, booking, draw, presale }: RoomRules): string[] {
  return [
    String(policy.maxActive),
    String(policy.admitPerInterval),
    String(policy.admitIntervalMs),
    String(policy.activeTtlSeconds * 1000),
    String(policy.abandonAfterSeconds * 1000),
    policy.paused ? '1' : '0',
    policy.message ?? '',
    booking.isOpen ? '1' : '0',
    String(booking.opensAtMs ?? 0),
    draw === null ? '0' : draw.isDrawn ? '2' : '1',
    PRESALE_CODES[presale],
  ];
}

/** Opens rooms that Redis does not have, and renews those whose Redis may have forgotten something. */
export class RoomOpening {
  readonly #scripts: RoomScripts;
  readonly #records: RoomRecords;
  readonly #underWay = new Map<string, Promise<boolean>>();

  constructor(scripts: RoomScripts, records: RoomRecords) {
    this.#scripts = scripts;
    this.#records = records;
  }

  /**
   * Makes sure, as far as one try goes, that a room Redis does not have is opened; the caller then tries its act
   * again. False: there is no such concert.
   */
  open(concertId: string): Promise<boolean> {
    return this.#once(concertId, async () => {
      const record = await this.#records.load(concertId);
      if (!record) return false;
      if (record.epoch > 0) {
        // Either the room is lost, or somebody has just got the epoch and is about to open it for the first time.
        // Taking the latter for the former would pause a brand-new room.
        await sleep(OPENING_TAKES_MS);
        if (readStats(await this.#scripts.run('stats', concertId, []))) return true;
      }
      await this.#openAfter(concertId, record);
      return true;
    });
  }

  /** The same for a room whose Redis restarted: its places may be missing the last second. */
  renew(concertId: string): Promise<boolean> {
    return this.#once(concertId, async () => {
      const record = await this.#records.load(concertId);
      if (record) await this.#openAfter(concertId, record);
      return record !== null;
    });
  }

  /** A thousand requests that find a room lost make one opening per process. */
  #once(concertId: string, act: () => Promise<boolean>): Promise<boolean> {
    const underWay = this.#underWay.get(concertId);
    if (underWay) return underWay;
    const started = act().finally(() => this.#underWay.delete(concertId));
    this.#underWay.set(concertId, started);
    return started;
  }

  async #openAfter(concertId: string, record: RoomRecord): Promise<void> {
    if (!(await this.#records.advanceEpoch(concertId, record.epoch))) {
      await sleep(OPENING_TAKES_MS);
      return;
    }
    const epoch = record.epoch + 1;
    const { watermark, waiting, draw } = record;
    const entrants = [draw?.upTo ?? 0, draw?.entrants ?? 0, draw?.drawnAgoMs ?? 0];
    const args = [...rulesArguments(record), epoch, watermark, waiting, ...entrants];
    await this.#scripts.run('open', concertId, args);
    if (epoch > 1) await this.#putRight(concertId, record);
  }

  /** What the Redis of before has forgotten: who holds seats is in, and who paid or left is not. */
  async #putRight(concertId: string, { policy }: RoomRecord): Promise<void> {
    const holders = await this.#records.liveHolders(concertId, null);
    const held = [...holders].map(([userId, end]) => [memberOf(userId), end.getTime()]);
    await this.#inChunks('holders', concertId, [], held);
    const used = await this.#records.usedUpSince(
      concertId,
      policy.activeTtlSeconds * 1000 + USED_UP_MARGIN_MS,
    );
    const ended = used.map(({ userId, momentUs }) => [memberOf(userId), momentUs]);
    await this.#inChunks('used', concertId, ['1'], ended);
  }

  async #inChunks(
    act: 'holders' | 'used',
    concertId: string,
    first: readonly string[],
    rows: (string | number)[][],
  ): Promise<void> {
    for (let start = 0; start < rows.length; start += CHUNK) {
      await this.#scripts.run(act, concertId, [...first, ...rows.slice(start, start + CHUNK).flat()]);
    }
  }
}
