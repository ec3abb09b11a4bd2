import { LRUCache } from 'lru-cache';
import { pseudonymOf, pseudonymText } from './draw-order';
import type { DrawRecords } from './draw-records';
import { userBytes } from './members';

const REMEMBERED_DRAWS = 1000;

/** What fans are called in the lists of draws: each is told the own one. */
export class Pseudonyms {
  readonly #draws: Pick<DrawRecords, 'pseudonymKey'>;
  readonly #keys = new LRUCache<string, Buffer>({ max: REMEMBERED_DRAWS });

  constructor(draws: Pick<DrawRecords, 'pseudonymKey'>) {
    this.#draws = draws;
  }

  /** null: the concert has no draw. */
  async of(concertId: string, userId: string): Promise<string | null> {
    const key = this.#keys.get(concertId) ?? (await this.#draws.pseudonymKey(concertId));
    if (key === null) return null;
    this.#keys.set(concertId, key);
    return pseudonymText(pseudonymOf(key, userBytes(userId)));
  }
}
