import type { QueuePolicy } from '../lib/queue-policy';
import { RoomUnsettledError } from './finding';
import { userIdOf } from './members';
import { policyArguments, type RoomOpening } from './opening';
import type { RoomRecords } from './records';
import { readTick, type TickReply } from './replies';
import type { RoomScripts } from './scripts';
import type { TickOutcome } from './waiting-room';

/** A lost room, then a restarted Redis, and one to spare. */
const MOST_TRIES = 4;
const NOBODY: TickOutcome = {
  admitted: 0,
  abandoned: 0,
  expired: 0,
  waiting: 0,
  active: 0,
  retryInMs: null,
  more: false,
};

export type Tick = (concertId: string, policy: QueuePolicy) => Promise<TickOutcome>;

export function createTick(scripts: RoomScripts, records: RoomRecords, opening: RoomOpening): Tick {
  /** One pass; a second trip only when admissions ran out, after asking Postgres whose holds keep them. */
  async function pass(concertId: string, policy: QueuePolicy): Promise<TickReply> {
    const args = policyArguments(policy);
    const reply = readTick(await scripts.run('tick', concertId, args));
    if (reply.kind !== 'LAPSED') return reply;
    const holdEnds = await records.liveHoldEnds(concertId, reply.members.map(userIdOf));
    const said = reply.members.flatMap((member) => [member, holdEnds.get(userIdOf(member))?.getTime() ?? 0]);
    return readTick(await scripts.run('tick', concertId, [...args, ...said]));
  }

  return async (concertId, policy) => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const reply = await pass(concertId, policy);
      if (reply.kind === 'DONE') return reply.outcome;
      const found =
        reply.kind === 'RESTARTED' ? await opening.renew(concertId) : await opening.open(concertId);
      if (!found) return NOBODY;
    }
    throw new RoomUnsettledError(concertId);
  };
}
