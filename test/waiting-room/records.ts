import type { QueuePolicy } from '../../src/lib/queue-policy';
import type { RoomRecord, RoomRecords } from '../../src/waiting-room';

/** What Postgres would hold, in memory. Several rooms (processes) may share one. */
export class RecordsInMemory implements RoomRecords {
  readonly concerts = new Map<string, RoomRecord>();
  /** `concertId/userId` → end of the live hold. */
  readonly holds = new Map<string, Date>();
  /** `concertId/userId` → when they paid. */
  readonly payments = new Map<string, Date>();
  /** How often the last resort was asked, by method. */
  readonly asked = { load: 0, liveHoldEnds: 0, admissionUsedSince: 0 };

  addConcert(concertId: string, policy: QueuePolicy): void {
    this.concerts.set(concertId, { policy, epoch: 0 });
  }

  async load(concertId: string): Promise<RoomRecord | null> {
    this.asked.load += 1;
    await breathe();
    const record = this.concerts.get(concertId);
    return record ? { ...record } : null;
  }

  async advanceEpoch(concertId: string, from: number): Promise<boolean> {
    await breathe();
    const record = this.concerts.get(concertId);
    if (record?.epoch !== from) return false;
    record.epoch = from + 1;
    return true;
  }

  async liveHoldEnds(concertId: string, userIds: string[]): Promise<Map<string, Date>> {
    this.asked.liveHoldEnds += 1;
    const holders = await this.liveHolders(concertId);
    return new Map([...holders].filter(([userId]) => userIds.includes(userId)));
  }

  async liveHolders(concertId: string): Promise<Map<string, Date>> {
    await breathe();
    const mine = [...this.holds].filter(
      ([key, end]) => key.startsWith(`${concertId}/`) && end.getTime() > Date.now(),
    );
    return new Map(mine.map(([key, end]) => [key.slice(concertId.length + 1), end]));
  }

  async admissionUsedSince(concertId: string, userId: string, since: Date): Promise<boolean> {
    this.asked.admissionUsedSince += 1;
    await breathe();
    const paidAt = this.payments.get(`${concertId}/${userId}`);
    return paidAt !== undefined && paidAt >= since;
  }
}

/** A database answers later, never at once: other calls get in between. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
