import { PassThrough } from 'node:stream';
import { uuidv7 } from 'uuidv7';
import type { Logger } from '../../lib/logger';
import type { Subscriptions } from '../../lib/subscriptions';
import type { QueueState, WaitingRoom } from '../../waiting-room';
import type { Revocations } from '../accounts/revocations';
import { StreamRegistry } from './stream-registry';

export interface StreamOf {
  concertId: string;
  userId: string;
  /** Of the access token: signing out ends the stream. */
  tokenId: string;
  queueToken: string | null;
}

export interface RoomStreams {
  /** A stream of `event: state`, first at once. null: no place. It ends when the place does, or by signing out. */
  open(of: StreamOf): Promise<PassThrough | null>;
  close(): void;
}

export interface RoomStreamsParts {
  room: WaitingRoom;
  revocations: Revocations;
  subscriptions: Subscriptions;
  logger: Logger;
}

// Proxies cut streams that are silent for half a minute or so.
const HEARTBEAT_MS = 15_000;

/**
 * Server-sent events of the waiting room. An open stream looks when its owner would be told to poll, which is its sign of
 * life, and at once when the room has news of that owner or of itself: so it costs what polling does.
 */
export function createRoomStreams({
  room,
  revocations,
  subscriptions,
  logger,
}: RoomStreamsParts): RoomStreams {
  const registry = new StreamRegistry(subscriptions, logger);
  const stopListening = revocations.listen((tokenId) => registry.endSignedOut(tokenId));

  async function follow(out: PassThrough, of: StreamOf, first: QueueState): Promise<void> {
    const nap = new Nap();
    const end = (): void => {
      out.end();
      nap.end();
    };
    const stream = { ...of, id: uuidv7(), wake: () => nap.end(), end };
    out.once('close', end);
    const heartbeat = setInterval(() => out.write(': alive\n\n'), HEARTBEAT_MS);
    try {
      await registry.add(stream);
      await room.streamOpened(of.concertId, of.userId, stream.id);
      if (revocations.has(of.tokenId)) return; // Signed out while it was being opened.
      let state: QueueState | null = first;
      let sent = '';
      while (state !== null && out.writable) {
        const event = eventOf(state);
        if (event !== sent) out.write(event);
        sent = event;
        await nap.sleep(state.pollAfterMs);
        if (out.writable) state = await room.look(of.concertId, of.userId, state.queueToken);
      }
    } finally {
      clearInterval(heartbeat);
      out.end();
      await registry.remove(stream);
      await room.streamClosed(of.concertId, of.userId, stream.id);
    }
  }

  return {
    open: async (of) => {
      const first = await room.look(of.concertId, of.userId, of.queueToken);
      if (first === null) return null;
      const out = new PassThrough();
      follow(out, of, first).catch((error: unknown) => {
        // The client's EventSource connects again by itself.
        logger.warn({ err: error, concertId: of.concertId }, 'a stream ended early');
      });
      return out;
    },
    close: () => {
      stopListening();
      registry.endAll();
    },
  };
}

/** A sleep that can be ended from outside; news that come while nobody sleeps end the next one at once. */
class Nap {
  #wake: (() => void) | null = null;
  #isOver = false;

  async sleep(milliseconds: number): Promise<void> {
    if (!this.#isOver) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = null;
    this.#isOver = false;
  }

  end(): void {
    if (this.#wake === null) this.#isOver = true;
    else this.#wake();
  }
}

function eventOf(state: QueueState): string {
  return `event: state\ndata: ${JSON.stringify(state)}\n\n`;
}
