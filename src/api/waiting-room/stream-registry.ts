import type { Subscriptions } from '../../lib/subscriptions';
import { listenToRoom, type RoomNews } from '../../waiting-room';

/** An open stream of one fan, in this process. */
export interface OpenStream {
  id: string;
  concertId: string;
  userId: string;
  /** Of the access token that it was opened with. */
  tokenId: string;
  /** Looks within so many milliseconds, instead of when its owner would be told to poll. */
  wake(withinMs: number): void;
  end(): void;
}

const MOST_SPREAD_MS = 1000;
const SPREAD_PER_MS = 10;

/** Finds the streams that a room's news, or a sign-out, is about. */
export class StreamRegistry {
  readonly #found = new Map<string, Set<OpenStream>>();
  /** By concert: each room is listened to once, however many follow it. */
  readonly #listening = new Map<string, Promise<() => Promise<void>>>();

  constructor(readonly subscriptions: Subscriptions) {}

  async add(stream: OpenStream): Promise<void> {
    for (const key of keysOf(stream)) {
      const streams = this.#found.get(key) ?? new Set();
      this.#found.set(key, streams.add(stream));
    }
    const { concertId } = stream;
    let listening = this.#listening.get(concertId);
    if (listening === undefined) {
      listening = listenToRoom(this.subscriptions, concertId, (news) => this.#take(concertId, news));
      this.#listening.set(concertId, listening);
    }
    await listening;
  }

  async remove(stream: OpenStream): Promise<void> {
    for (const key of keysOf(stream)) {
      const streams = this.#found.get(key);
      streams?.delete(stream);
      if (streams?.size === 0) this.#found.delete(key);
    }
    const { concertId } = stream;
    const listening = this.#listening.get(concertId);
    if (listening === undefined || this.#found.has(roomKey(concertId))) return;
    this.#listening.delete(concertId);
    await (
      await listening
    )();
  }

  endSignedOut(tokenId: string): void {
    for (const stream of this.#of(tokenKey(tokenId))) stream.end();
  }

  endAll(): void {
    for (const streams of this.#found.values()) for (const stream of streams) stream.end();
  }

  #take(concertId: string, news: RoomNews): void {
    switch (news.kind) {
      case 'room':
        this.#wakeAll(this.#found.get(roomKey(concertId)), news.withinMs);
        return;
      case 'users':
        for (const userId of news.userIds) {
          for (const stream of this.#of(userKey(concertId, userId))) stream.wake(0);
        }
        return;
      case 'closed':
        for (const id of news.streamIds) for (const stream of this.#of(streamKey(id))) stream.end();
    }
  }

  /** If a crowd looked at the same moment, Redis would be busy with nothing else: its looks are spread over a short span. */
  #wakeAll(streams: ReadonlySet<OpenStream> = new Set(), withinMs = 0): void {
    const spreadMs = Math.max(withinMs, Math.min(MOST_SPREAD_MS, streams.size / SPREAD_PER_MS));
    for (const stream of streams) stream.wake(Math.random() * spreadMs);
  }

  #of(key: string): Iterable<OpenStream> {
    return this.#found.get(key) ?? [];
  }
}

const roomKey = (concertId: string): string => `room ${concertId}`;
const userKey = (concertId: string, userId: string): string => `user ${concertId} ${userId.toLowerCase()}`;
const tokenKey = (tokenId: string): string => `token ${tokenId}`;
const streamKey = (id: string): string => `stream ${id}`;

const keysOf = ({ id, concertId, userId, tokenId }: OpenStream): string[] => [
  roomKey(concertId),
  userKey(concertId, userId),
  tokenKey(tokenId),
  streamKey(id),
];
