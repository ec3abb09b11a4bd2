import type { ToldPresale } from './presale-records';
import type { FoundPlace } from './script-replies';
import type { QueueClaims, QueueTokens } from './token';
import type { QueueState } from './waiting-room';

/**
 * The position that a token keeps. In the first epoch nobody can come in front of anybody, so it is the rank. After a loss
 * others come back in front: then it is never more than the token says, and while they are still coming exactly that,
 * so that it neither grows nor jumps ahead and back. Where others may still come in front with codes nothing was told, and the token has
 * the rank as it is: one from before they came would end too early how long they are waited for after the next loss. null: a draw will tell.
 */
export function keptPosition(found: FoundPlace, claims: () => QueueClaims | null): number | null {
  if (found.status === 'ACTIVE') return 0;
  if (found.draw === 'PENDING') return null;
  if (found.epoch === 1) return found.position;
  const told = claims();
  // 0 stands for a position that says nothing of the place: of somebody admitted before the loss, or before a draw.
  if (!told || told.sequence !== found.sequence || told.position === 0) return found.position;
  if (found.presale.mayOvertake) {
    return found.restoring ? Math.max(told.position, found.position) : found.position;
  }
  return found.restoring ? told.position : Math.min(told.position, found.position);
}

/** The position to tell: none while others may come in front, as it could grow. */
export function toldPosition(found: FoundPlace, claims: () => QueueClaims | null): number | null {
  return isMoving(found) ? null : keptPosition(found, claims);
}

const isMoving = ({ status, presale }: FoundPlace): boolean => status === 'WAITING' && presale.mayOvertake;

/** What the state of a place has beside what its room says. */
export interface Told {
  claims: () => QueueClaims | null;
  drawPseudonym: string | null;
  presale: ToldPresale | null;
}

export function toState(
  { concertId, userId }: { concertId: string; userId: string },
  found: FoundPlace,
  { claims, drawPseudonym, presale }: Told,
  tokens: QueueTokens,
): QueueState {
  const isActive = found.status === 'ACTIVE';
  const kept = keptPosition(found, claims);
  return {
    concertId,
    status: found.status,
    position: isMoving(found) ? null : kept,
    estimatedWaitSeconds: isActive ? 0 : estimatedWaitSeconds(found),
    pollAfterMs: found.pollAfterMs,
    // A new one with each look: reading the old one, to see whether it would still do, costs as much as signing.
    queueToken: tokens.issue({
      userId,
      concertId,
      sequence: found.sequence,
      epoch: found.epoch,
      position: kept ?? 0,
      choosesUntilMs: isActive ? found.choosesUntilMs : null,
    }),
    expiresAt: isActive ? iso(found.untilMs) : null,
    mayHold: found.mayHold,
    phase: found.phase,
    message: found.message,
    drawPseudonym,
    presale: presale && { name: presale.name, endsAt: presale.endsAt.toISOString() },
    stock: found.stock,
    opensAt: found.phase === 'BEFORE_OPENING' && found.opensAtMs > 0 ? iso(found.opensAtMs) : null,
  };
}

/** By the rank, not the told position: it is what the wait depends on. Null where the seats may not last for all in front. */
function estimatedWaitSeconds({ rateMilli, position, stock }: FoundPlace): number | null {
  if (rateMilli === 0 || (stock !== null && position > stock.available + stock.held)) return null;
  return Math.ceil((position * 1000) / rateMilli);
}

const iso = (ms: number): string => new Date(ms).toISOString();
