import { PassThrough } from 'node:stream';
import { uuidv7 } from 'uuidv7';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import type { Subscriptions } from '../../lib/subscriptions';
import type { QueueState, WaitingRoom } from '../../waiting-room';
import type { Revocations } from '../accounts/revocations';
import { endSoon, UNREAD_LIMIT_BYTES } from '../event-stream';
import { Nap } from './nap';
import { StreamRegistry } from './stream-registry';
import { TIMES } from '../../lib/times';

export interface StreamOf {
  concertId: string;
  userId: string;
  /** Of the access token, and when that ends (ms since 1970): the stream ends with it, and with its sign-out. */
  tokenId: string;
  tokenEndsMs: number;
  queueToken: string | null;
}

export interface RoomStreams {
  /**
   * A stream of `event: state`, first at once. null: no place. It ends when the place does, or by signing out.
   * @throws Problem UNAVAILABLE when this process is about to stop
   */
  open(of: StreamOf): Promise<PassThrough | null>;
  close(): void;
}

export interface RoomStreamsParts {
  room: WaitingRoom;
  revocations: Revocations;
  subscriptions: Subscriptions;
  logger: Logger;
}

/**
 * Server-sent events of the waiting room. An open stream looks when its owner would be told to poll, which is its sign of
 * life, and at once when the room has news of that owner or of itself: so it costs what polling does.
 */
export function createRoomStreams(parts: RoomStreamsParts): RoomStreams {
  const { room, revocations, subscriptions, logger } = parts;
  const registry = new StreamRegistry(subscriptions);
  const stopListening = revocations.listen((tokenId) => registry.endSignedOut(tokenId));
  let closed = false;

  /** A part of the service may be away for a moment: that ends no stream, or all of them would come back at once. */
  async function lookAgain(of: StreamOf, state: QueueState): Promise<QueueState | null> {
    try {
      return await room.look(of.concertId, of.userId, state.queueToken);
    } catch (error) {
      logger.debug({ err: error, concertId: of.concertId }, 'a stream could not look: it will again');
      return state;
    }
  }

  async function tell(out: PassThrough, of: StreamOf, first: QueueState, nap: Nap): Promise<void> {
    let state: QueueState | null = first;
    let sent = '';
    while (state !== null && out.writable && out.writableLength < UNREAD_LIMIT_BYTES) {
      const event = eventOf(state);
      if (event !== sent) out.write(event);
      sent = event;
      const leftMs = of.tokenEndsMs - Date.now();
      if (leftMs <= 0) return;
      await nap.sleep(Math.min(state.pollAfterMs, leftMs));
      if (out.writable) state = await lookAgain(of, state);
    }
  }

  async function follow(out: PassThrough, of: StreamOf, first: QueueState): Promise<void> {
    const nap = new Nap();
    const end = (): void => {
      endSoon(out);
      nap.end();
    };
    const stream = { ...of, id: uuidv7(), wake: (withinMs: number) => nap.end(withinMs), end };
    out.once('close', end);
    const heartbeat = setInterval(() => out.write(': alive\n\n'), TIMES.heartbeatMs);
    try {
      await registry.add(stream);
      await room.streamOpened(of.concertId, of.userId, stream.id);
      // Signed out, or stopping, while it was being opened.
      if (!closed && !revocations.has(of.tokenId)) await tell(out, of, first, nap);
    } finally {
      clearInterval(heartbeat);
      endSoon(out);
      await registry.remove(stream);
      await room.streamClosed(of.concertId, of.userId, stream.id);
    }
  }

  return {
    open: async (of) => {
      if (closed) throw stopping();
      const first = await room.look(of.concertId, of.userId, of.queueToken);
      if (first === null) return null;
      if (closed) throw stopping();
      const out = new PassThrough();
      follow(out, of, first).catch((error: unknown) => {
        // The client connects again by itself.
        logger.warn({ err: error, concertId: of.concertId }, 'a stream ended early');
      });
      return out;
    },
    close: () => {
      closed = true;
      stopListening();
      registry.endAll();
    },
  };
}

const stopping = (): Problem => new Problem('UNAVAILABLE', 'This process is about to stop. Try again.');

function eventOf(state: QueueState): string {
  return `event: state\ndata: ${JSON.stringify(state)}\n\n`;
}
