import type { Logger } from './logger';
import { TIMES } from './times';

/** One thing to close, with the name that the log shows when it will not. */
export interface Closing {
  name: string;
  close: () => Promise<unknown>;
}

/**
 * On SIGTERM or SIGINT closes everything in the order given and exits: 0 when all closed, 1 when the limit struck.
 * Without the limit a hung connection would keep a deployment waiting until it is killed without a word.
 */
export function closeOnSignal(logger: Logger, closings: Closing[]): void {
  let closing = false;
  const stop = async (signal: string): Promise<void> => {
    if (closing) return;
    closing = true;
    logger.info({ signal }, 'stopping');
    let current = '';
    const limit = setTimeout(() => {
      logger.error({ closing: current }, 'did not close in time');
      process.exit(1);
    }, TIMES.shutdownMs);
    limit.unref();
    for (const { name, close } of closings) {
      current = name;
      try {
        await close();
      } catch (error) {
        logger.error({ err: error, closing: name }, 'could not close');
      }
    }
    logger.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void stop(signal));
  }
}
