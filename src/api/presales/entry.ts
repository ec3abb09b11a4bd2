import { oneAtATime } from '../../lib/one-at-a-time';
import { Problem } from '../../lib/problems';
import type { CodeOutcome, PresaleStore } from '../../models/presale-store';
import type { PresaleRecords, QueueState, ToldPresale, WaitingRoom } from '../../waiting-room';
import type { CodeTries } from './code-tries';

export interface Joining {
  concertId: string;
  userId: string;
  queueToken: string | null;
  /** null: none was sent. */
  accessCode: string | null;
  address: string;
}

/** Lets fans join a waiting room; while a presale runs, those with a code, and those who have a place already. */
export interface Entry {
  /** @returns null when there is no such concert. @throws Problem ACCESS_CODE_REQUIRED, _INVALID, _USED or RATE_LIMITED */
  join(joining: Joining): Promise<{ created: boolean; state: QueueState } | null>;
}

interface EntryParts {
  room: Pick<WaitingRoom, 'join' | 'look'>;
  presales: Pick<PresaleStore, 'claim' | 'hasCode'>;
  records: PresaleRecords;
  tries: CodeTries;
}

export function createEntry({ room, presales, records, tries }: EntryParts): Entry {
  // Everybody who joins asks, in rooms without presales too, and it decides who may: so never from before they came.
  const running = oneAtATime(async (concertId) => records.running(concertId));

  /** Whether this fan has a place in front from now on. */
  async function hasCode({ concertId, userId, accessCode, address }: Joining): Promise<boolean> {
    if (accessCode === null) return presales.hasCode(concertId, userId);
    const claim = async (): Promise<CodeOutcome> => presales.claim(concertId, userId, accessCode);
    const outcome = await tries.made({ userId, address }, claim, isWrong);
    if (outcome === 'USED') throw new Problem('ACCESS_CODE_USED', 'Somebody else has joined with this code.');
    if (outcome === 'INVALID') {
      throw new Problem('ACCESS_CODE_INVALID', 'This is not a code of a presale that runs now.');
    }
    return outcome === 'MINE';
  }

  return {
    join: async (joining) => {
      const { concertId, userId, queueToken, accessCode } = joining;
      const presale = accessCode === null ? await running(concertId) : null;
      const asksForCode = accessCode !== null || presale !== null;
      const isFirst = asksForCode && (await hasCode(joining));
      if (presale === null || isFirst) return room.join(concertId, userId, queueToken, { hasCode: isFirst });
      // Who came before it started keeps the place.
      const state = await room.look(concertId, userId, queueToken);
      if (state === null) throw codeRequired(presale);
      return { created: false, state };
    },
  };
}

const isWrong = (outcome: CodeOutcome): boolean => outcome === 'USED' || outcome === 'INVALID';

const codeRequired = ({ name, endsAt }: ToldPresale): Problem =>
  new Problem(
    'ACCESS_CODE_REQUIRED',
    `"${name}" runs until ${endsAt.toISOString()}: join with a code of it.`,
    {
      members: { presale: { name, endsAt: endsAt.toISOString() } },
    },
  );
