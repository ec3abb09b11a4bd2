import { PassThrough } from 'node:stream';
import { listenForWaiters } from '../../jobs/outcomes/waitlist-news';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import { repeat } from '../../lib/repeat';
import type { Subscriptions } from '../../lib/subscriptions';
import { TIMES } from '../../lib/times';
import type { WaitlistStore } from '../../models/waitlist-store';
import type { Revocations } from '../accounts/revocations';
import { endSoon, UNREAD_LIMIT_BYTES } from '../event-stream';
import { presentEntry } from './presenter';

export interface EntryStreamOf {
  userId: string;
  /** Of the access token, and when that ends (ms since 1970): the stream ends with it, and with its sign-out. */
  tokenId: string;
  tokenEndsMs: number;
}

export interface EntryStreams {
  /** A stream of `event: entries`. @throws Problem UNAVAILABLE once closing */
  open(of: EntryStreamOf): PassThrough;
  close(): Promise<void>;
}

export interface EntryStreamsParts {
  waitlist: Pick<WaitlistStore, 'latest'>;
  revocations: Revocations;
  subscriptions: Subscriptions;
  logger: Logger;
}

interface Stream extends EntryStreamOf {
  out: PassThrough;
  sent: string;
  wroteAtMs: number;
}

// What is further down does not change any more.
const ENTRIES_TOLD = 20;
const STREAMS_PER_USER = 5;
// Places move without a message to everybody behind, and a message may be lost.
const LOOK_EVERY_MS = 5000;
const USERS_PER_LOOK = 500;

/**
 * Server-sent events of the waiting lists. However many are open, a look reads the entries of hundreds of users at once: at
 * once of those of whom a worker has told, every few seconds of all.
 */
export async function createEntryStreams(parts: EntryStreamsParts): Promise<EntryStreams> {
  const { waitlist, revocations, subscriptions, logger } = parts;
  const streams = new Set<Stream>();
  let isClosing = false;
  const wanted = new Set<string>();
  let looking: Promise<void> | null = null;

  /** One look after another: an older one must not be told after a newer one. Never rejects. */
  async function look(): Promise<void> {
    while (wanted.size > 0) {
      const users = new Set([...wanted].slice(0, USERS_PER_LOOK));
      for (const userId of users) wanted.delete(userId);
      try {
        const found = await waitlist.latest([...users], ENTRIES_TOLD);
        for (const stream of streams)
          if (users.has(stream.userId)) tell(stream, (found.get(stream.userId) ?? []).map(presentEntry));
      } catch (error) {
        logger.warn({ err: error }, 'waiting lists were not looked at: will try again');
      }
    }
  }

  function lookFor(userIds: Iterable<string>): void {
    for (const userId of userIds) wanted.add(userId);
    if (looking !== null || wanted.size === 0) return;
    looking = look().finally(() => {
      looking = null;
      lookFor([]); // Somebody may have asked in between.
    });
  }

  const open = new Map<string, number>();
  const stopListening = await listenForWaiters(subscriptions, logger, (userIds) =>
    lookFor(userIds.filter((userId) => open.has(userId))),
  );
  const stopListeningForSignOuts = revocations.listen((tokenId) => {
    for (const stream of streams) if (stream.tokenId === tokenId) endSoon(stream.out);
  });
  const stopLooking = repeat(
    LOOK_EVERY_MS,
    async () => {
      for (const stream of streams) beat(stream);
      lookFor(open.keys());
      await looking;
    },
    (error) => logger.warn({ err: error }, 'waiting lists were not looked at: will try again'),
  );

  return {
    open: (of) => {
      if (isClosing) throw new Problem('UNAVAILABLE', 'This process is stopping. Connect again.');
      const mine = [...streams].filter(({ userId, out }) => userId === of.userId && out.writable);
      for (const { out } of mine.slice(0, Math.max(0, mine.length - STREAMS_PER_USER + 1))) endSoon(out);
      const stream: Stream = { ...of, out: new PassThrough(), sent: '', wroteAtMs: Date.now() };
      streams.add(stream);
      open.set(of.userId, (open.get(of.userId) ?? 0) + 1);
      stream.out.once('close', () => {
        streams.delete(stream);
        const left = (open.get(of.userId) ?? 1) - 1;
        if (left > 0) open.set(of.userId, left);
        else open.delete(of.userId);
      });
      // Signed out while it was being opened.
      if (revocations.has(of.tokenId)) endSoon(stream.out);
      else lookFor([of.userId]);
      return stream.out;
    },
    close: async () => {
      isClosing = true;
      stopListeningForSignOuts();
      for (const { out } of streams) endSoon(out);
      await Promise.all([stopListening(), stopLooking()]);
      wanted.clear();
      await looking;
    },
  };
}

function tell(stream: Stream, entries: readonly object[]): void {
  const { out } = stream;
  const event = `event: entries\ndata: ${JSON.stringify({ entries })}\n\n`;
  if (event === stream.sent || !out.writable) return;
  if (out.writableLength > UNREAD_LIMIT_BYTES) return endSoon(out);
  stream.sent = event;
  stream.wroteAtMs = Date.now();
  out.write(event);
}

function beat(stream: Stream): void {
  if (stream.tokenEndsMs <= Date.now()) return endSoon(stream.out);
  if (!stream.out.writable || Date.now() - stream.wroteAtMs < TIMES.heartbeatMs - LOOK_EVERY_MS) return;
  stream.wroteAtMs = Date.now();
  stream.out.write(': alive\n\n');
}
