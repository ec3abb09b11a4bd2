import type { QueuePolicy } from './queue-policy';
import type { OpenRooms } from './open-rooms';
import { rulesArguments } from './opening';
import type { RoomRecords } from './records';
import { readStats } from './script-replies';
import type { RoomScripts } from './scripts';
import type { RoomStats } from './waiting-room';

const NO_STATS: RoomStats = {
  waiting: 0,
  active: 0,
  admittedTotal: 0,
  abandonedTotal: 0,
  expiredTotal: 0,
  admittedPerSecond: 0,
  oldestWaitSeconds: 0,
  phase: null,
};

/** What operators and the ticking process do to a whole room. */
export class Steering {
  readonly #scripts: RoomScripts;
  readonly #openRooms: OpenRooms;

  readonly #records: Pick<RoomRecords, 'load'>;

  constructor(scripts: RoomScripts, openRooms: OpenRooms, records: Pick<RoomRecords, 'load'>) {
    this.#scripts = scripts;
    this.#records = records;
    this.#openRooms = openRooms;
  }

  async setPolicy(concertId: string, policy: QueuePolicy): Promise<void> {
    const record = await this.#records.load(concertId);
    if (record === null) return;
    await this.#scripts.run('policy', concertId, rulesArguments({ ...record, policy }));
  }

  async stats(concertId: string): Promise<RoomStats> {
    return readStats(await this.#scripts.run('stats', concertId, []))?.stats ?? NO_STATS;
  }

  /** Takes a room off the list if nobody is in it. */
  async retire(concertId: string): Promise<boolean> {
    if (!(await this.#isEmpty(concertId))) return false;
    await this.#openRooms.remove(concertId);
    // Somebody may have joined, and added the room, before it was removed: without this nobody would admit them.
    if (await this.#isEmpty(concertId)) return true;
    await this.#openRooms.add(concertId);
    return false;
  }

  async #isEmpty(concertId: string): Promise<boolean> {
    return readStats(await this.#scripts.run('stats', concertId, []))?.isEmpty ?? true;
  }
}
