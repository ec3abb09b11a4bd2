import { PassThrough } from 'node:stream';
import type { Logger } from '../../lib/logger';
import type { Subscriptions } from '../../lib/subscriptions';
import { type QueueState, roomChannel, type WaitingRoom } from '../../waiting-room';

export interface StreamOf {
  concertId: string;
  userId: string;
  queueToken: string | null;
}

export interface RoomStreams {
  /** A stream of `event: state`, first at once. null: no place. It ends when the place does. */
  open(of: StreamOf): Promise<PassThrough | null>;
  close(): void;
}

export interface RoomStreamsParts {
  room: WaitingRoom;
  subscriptions: Subscriptions;
  logger: Logger;
}

// Proxies cut streams that are silent for half a minute or so.
const HEARTBEAT_MS = 15_000;
// A busy room changes with every tick; nobody reads faster than this.
const LOOK_AT_MOST_EVERY_MS = 1000;

/** Server-sent events of the waiting room. An open stream looks as often as a poller would: that is its sign of life. */
export function createRoomStreams({ room, subscriptions, logger }: RoomStreamsParts): RoomStreams {
  const open = new Set<PassThrough>();

  async function follow(stream: PassThrough, of: StreamOf, first: QueueState): Promise<void> {
    let state: QueueState | null = first;
    let sent = '';
    let onChange = (): void => undefined;
    let onClose = (): void => undefined;
    stream.once('close', () => onClose());
    const stopListening = await subscriptions.listen(roomChannel(of.concertId), () => onChange());
    const heartbeat = setInterval(() => stream.write(': alive\n\n'), HEARTBEAT_MS);
    try {
      while (state !== null && !stream.destroyed) {
        const event = eventOf(state);
        if (event !== sent) stream.write(event);
        sent = event;
        const { pollAfterMs } = state;
        const lookedAt = Date.now();
        await new Promise<void>((resolve) => {
          let timer = setTimeout(resolve, pollAfterMs);
          onClose = () => {
            clearTimeout(timer);
            resolve();
          };
          onChange = () => {
            clearTimeout(timer);
            timer = setTimeout(resolve, lookedAt + LOOK_AT_MOST_EVERY_MS - Date.now());
          };
        });
        if (!stream.destroyed) state = await room.look(of.concertId, of.userId, state.queueToken);
      }
    } finally {
      clearInterval(heartbeat);
      open.delete(stream);
      stream.end();
      await stopListening();
    }
  }

  return {
    open: async (of) => {
      const first = await room.look(of.concertId, of.userId, of.queueToken);
      if (first === null) return null;
      const stream = new PassThrough();
      open.add(stream);
      follow(stream, of, first).catch((error: unknown) => {
        // The client's EventSource connects again by itself.
        logger.warn({ err: error, concertId: of.concertId }, 'a stream ended early');
      });
      return stream;
    },
    close: () => {
      for (const stream of open) stream.destroy();
    },
  };
}

function eventOf(state: QueueState): string {
  return `event: state\ndata: ${JSON.stringify(state)}\n\n`;
}
