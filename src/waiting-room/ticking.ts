import { LRUCache } from 'lru-cache';
import { RoomUnsettledError } from './place-finder';
import { userIdOf } from './members';
import { type RoomOpening, rulesArguments } from './opening';
import type { RoomRecords, RoomRules } from './records';
import { readTick, type TickReply } from './script-replies';
import type { RoomScripts } from './scripts';
import { NOT_COUNTED, type RoomStock, stockArgument } from './stock';
import type { TickOutcome } from './waiting-room';

/** A lost room, then a restarted Redis, and one to spare. */
const MOST_TRIES = 4;
/** How late Postgres may be to know who has had their turn. */
const WATERMARK_EVERY_MS = 500;
const REMEMBERED_ROOMS = 10_000;
const NOBODY: TickOutcome = {
  admitted: 0,
  abandoned: 0,
  expired: 0,
  waiting: 0,
  active: 0,
  retryInMs: null,
  more: false,
};

export type Tick = (concertId: string, rules: RoomRules, stock?: RoomStock) => Promise<TickOutcome>;

export function createTick(scripts: RoomScripts, records: RoomRecords, opening: RoomOpening): Tick {
  const noted = new LRUCache<string, { watermark: number; atMs: number }>({ max: REMEMBERED_ROOMS });

  /** One pass; a second trip only when admissions ran out, after asking Postgres which are needed still. */
  async function pass(concertId: string, rules: RoomRules, stock: RoomStock): Promise<TickReply> {
    const args = [...rulesArguments(rules), stockArgument(stock, rules.policy)];
    const reply = readTick(await scripts.run('tick', concertId, args));
    if (reply.kind !== 'LAPSED') return reply;
    const needed = await records.neededUntil(concertId, reply.members.map(userIdOf));
    const said = reply.members.flatMap((member) => [member, needed.get(userIdOf(member))?.getTime() ?? 0]);
    return readTick(await scripts.run('tick', concertId, [...args, ...said]));
  }

  /** Another process may note the same, or the next part: Postgres only raises it. */
  async function note(concertId: string, watermark: number, { waiting, active }: TickOutcome): Promise<void> {
    const last = noted.get(concertId) ?? { watermark: 0, atMs: -Infinity };
    const isDue = waiting + active === 0 || performance.now() - last.atMs >= WATERMARK_EVERY_MS;
    if (watermark <= last.watermark || !isDue) return;
    await records.raiseWatermark(concertId, watermark, waiting);
    noted.set(concertId, { watermark, atMs: performance.now() });
  }

  return async (concertId, rules, stock = NOT_COUNTED) => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const reply = await pass(concertId, rules, stock);
      if (reply.kind === 'DONE') {
        const { outcome, watermark } = reply;
        await note(concertId, watermark, outcome);
        return outcome;
      }
      const found =
        reply.kind === 'RESTARTED' ? await opening.renew(concertId) : await opening.open(concertId);
      if (!found) return NOBODY;
    }
    throw new RoomUnsettledError(concertId);
  };
}
