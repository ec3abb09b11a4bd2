import type { RedisClient } from '../../lib/redis';
import type { Logger } from '../../lib/logger';
import { repeat } from '../../lib/repeat';
import { publish, type Subscriptions } from '../../lib/subscriptions';
import type { AccountStore } from '../../models/account-store';
import { TIMES } from '../../lib/times';

export interface Revocations {
  /** Signs a token out: durably, and in every process. */
  revoke(tokenId: string, expiresAt: Date): Promise<void>;
  has(tokenId: string): boolean;
  /** Calls back for every token signed out from now on, wherever that was. @returns stops it */
  listen(onRevoked: (tokenId: string) => void): () => void;
  close(): Promise<void>;
}

export interface RevocationsParts {
  accounts: AccountStore;
  redis: RedisClient;
  subscriptions: Subscriptions;
  logger: Logger;
}

const CHANNEL = 'frontrow:revoked';
// A lost message is made up for after this long at most.
const REFRESH_MS = 2000;

/**
 * Signed-out tokens, held in every web process: asking Redis or Postgres with every request would cost each of them a
 * round trip. Postgres has them for good; a message tells the others at once; reading again makes up for one that was lost.
 */
export async function createRevocations(parts: RevocationsParts): Promise<Revocations> {
  const revoked = new Map<string, number>();
  const listeners = new Set<(tokenId: string) => void>();
  let readUpTo = new Date(0);

  function note(tokenId: string, expiresAtMs: number): void {
    const isNew = !revoked.has(tokenId);
    revoked.set(tokenId, expiresAtMs);
    if (isNew) for (const onRevoked of listeners) onRevoked(tokenId);
  }

  async function readOn(): Promise<void> {
    for (const { tokenId, expiresAt, revokedAt } of await parts.accounts.revokedSince(readUpTo)) {
      note(tokenId, expiresAt.getTime());
      // Postgres's clock stamps the rows; reading a little into the past again misses none that committed late.
      readUpTo = new Date(Math.max(readUpTo.getTime(), revokedAt.getTime() - TIMES.revocationsOverlapMs));
    }
    for (const [tokenId, expiresAt] of revoked) if (expiresAt < Date.now()) revoked.delete(tokenId);
  }

  await readOn();
  const stopListening = await parts.subscriptions.listen(CHANNEL, (message) => {
    const [tokenId, expiresAt] = message.split(' ');
    if (tokenId !== undefined) note(tokenId, Number(expiresAt));
  });
  const stopReading = repeat(REFRESH_MS, readOn, (error) =>
    parts.logger.warn({ err: error }, 'revoked tokens cannot be read: will try again'),
  );

  return {
    revoke: async (tokenId, expiresAt) => {
      await parts.accounts.revokeToken(tokenId, expiresAt);
      note(tokenId, expiresAt.getTime());
      await publish(parts.redis, CHANNEL, `${tokenId} ${expiresAt.getTime()}`).catch((error: unknown) => {
        parts.logger.warn(
          { err: error },
          'a sign-out was not told to the other processes: they will read it',
        );
      });
    },
    has: (tokenId) => revoked.has(tokenId),
    listen: (onRevoked) => {
      listeners.add(onRevoked);
      return () => listeners.delete(onRevoked);
    },
    close: async () => {
      await Promise.all([stopListening(), stopReading()]);
    },
  };
}
