import { PassThrough } from 'node:stream';
import { type DeskBoard, type DeskState, readDeskState } from '../../desk/state';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import { repeat } from '../../lib/repeat';
import { TIMES } from '../../lib/times';
import type { HeldRoles } from '../accounts/held-roles';
import type { Revocations } from '../accounts/revocations';
import { endSoon, UNREAD_LIMIT_BYTES } from '../event-stream';
import { changesBetween } from './changes';
import type { DeskTrouble } from './schema';

export interface DeskStreamOf {
  userId: string;
  /** Of the access token, and when that ends (ms since 1970): the stream ends with it, and with its sign-out. */
  tokenId: string;
  tokenEndsMs: number;
}

export interface DeskStreams {
  /** @throws Problem UNAVAILABLE once closing, OVERLOADED when too many are open here */
  open(of: DeskStreamOf): PassThrough;
  close(): Promise<void>;
}

export interface DeskStreamsParts {
  board: Pick<DeskBoard, 'read'>;
  revocations: Pick<Revocations, 'listen' | 'has'>;
  roles: HeldRoles;
  logger: Logger;
  lookEveryMs?: number;
}

interface Stream extends DeskStreamOf {
  out: PassThrough;
  /** What it was told last: the number of a look; 0: nothing yet. */
  told: number;
  toldTrouble: string;
  wroteAtMs: number;
}

const STREAMS_PER_USER = 5;
const STREAMS_PER_PROCESS = 200;
const LOOK_EVERY_MS = 1000;
const ROLE_EVERY_LOOKS = 5;

/** The desk as streams. However many are open, this process reads the state once a second, and makes each event once. */
export function createDeskStreams(parts: DeskStreamsParts): DeskStreams {
  const { board, revocations, roles, logger, lookEveryMs = LOOK_EVERY_MS } = parts;
  const streams = new Set<Stream>();
  const latest: { text: string; state: DeskState | null; number: number } = {
    text: '',
    state: null,
    number: 0,
  };
  let whole = '';
  let changes = '';
  let trouble: DeskTrouble | null = null;
  let looks = 0;
  let isClosing = false;

  async function look(): Promise<void> {
    if (streams.size === 0) return;
    const found = await board.read().then(takeText, (error: unknown) => {
      logger.debug({ err: error }, 'the desk was not read: will try again');
      return 'redis' as const;
    });
    trouble =
      found === null
        ? null
        : { lacking: found, since: trouble?.lacking === found ? trouble.since : new Date().toISOString() };
    for (const stream of streams) tell(stream);
    looks += 1;
    if (looks % ROLE_EVERY_LOOKS === 0) await endDismissed();
  }

  /** @returns what is lacking */
  function takeText(text: string | null): 'samples' | null {
    if (text === null) return 'samples';
    if (text === latest.text) return null;
    const state = readDeskState(text);
    // Of another build: the next deployment step brings one that is understood.
    if (state === null) return 'samples';
    changes = latest.state === null ? '' : eventOf('changes', changesBetween(latest.state, state));
    whole = eventOf('desk', state);
    Object.assign(latest, { text, state, number: latest.number + 1 });
    return null;
  }

  function tell(stream: Stream): void {
    const { out } = stream;
    if (stream.tokenEndsMs <= Date.now()) return endSoon(out);
    const saidTrouble = trouble === null ? '' : eventOf('trouble', trouble);
    const news: string[] = [];
    if (saidTrouble !== stream.toldTrouble && trouble !== null) news.push(saidTrouble);
    if (trouble === null && stream.told !== latest.number) {
      news.push(stream.told > 0 && stream.told === latest.number - 1 ? changes : whole);
    }
    stream.toldTrouble = saidTrouble;
    write(stream, news.join(''));
    if (trouble === null) stream.told = latest.number;
  }

  function write(stream: Stream, news: string): void {
    const { out } = stream;
    if (!out.writable) return;
    if (out.writableLength > UNREAD_LIMIT_BYTES + whole.length) return endSoon(out);
    const isSilent = Date.now() - stream.wroteAtMs >= TIMES.heartbeatMs - lookEveryMs;
    if (news === '' && !isSilent) return;
    stream.wroteAtMs = Date.now();
    out.write(news === '' ? ': alive\n\n' : news);
  }

  /** Who cannot be asked about, as Postgres is away, was staff a moment ago: a desk must not go dark just then. */
  async function endDismissed(): Promise<void> {
    const users = new Set([...streams].map(({ userId }) => userId));
    await Promise.all(
      [...users].map(async (userId) => {
        const role = await roles.of(userId).catch(() => null);
        if (role === null || role === 'operator' || role === 'support') return;
        for (const stream of streams) if (stream.userId === userId) endSoon(stream.out);
      }),
    );
  }

  const stopLooking = repeat(lookEveryMs, look, (error) =>
    logger.warn({ err: error }, 'the desk was not told: will try again'),
  );
  const stopListening = revocations.listen((tokenId) => {
    for (const stream of streams) if (stream.tokenId === tokenId) endSoon(stream.out);
  });

  return {
    open: (of) => {
      if (isClosing) throw new Problem('UNAVAILABLE', 'This process is stopping. Connect again.');
      const mine = [...streams].filter(({ userId, out }) => userId === of.userId && out.writable);
      if (mine.length === 0 && streams.size >= STREAMS_PER_PROCESS)
        throw new Problem('OVERLOADED', 'Too many desks are open here.');
      for (const { out } of mine.slice(0, Math.max(0, mine.length - STREAMS_PER_USER + 1))) endSoon(out);
      const stream: Stream = { ...of, out: new PassThrough(), told: 0, toldTrouble: '', wroteAtMs: 0 };
      streams.add(stream);
      stream.out.once('close', () => streams.delete(stream));
      if (revocations.has(of.tokenId)) endSoon(stream.out);
      // What others were told a moment ago; else it comes with the next look.
      else if (latest.number > 0 && streams.size > 1) tell(stream);
      return stream.out;
    },
    close: async () => {
      isClosing = true;
      stopListening();
      for (const { out } of streams) endSoon(out);
      await stopLooking();
    },
  };
}

const eventOf = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
