import { LRUCache } from 'lru-cache';

/**
 * Asks once for whoever wants to know the same within that time. A question that failed is asked again.
 * @param most of keys in memory
 */
export function remembered<Answer>(
  ask: (key: string) => Promise<Answer>,
  { forMs, most }: { forMs: number; most: number },
): (key: string) => Promise<Answer> {
  const asked = new LRUCache<string, Promise<Answer>>({ max: most, ttl: forMs });
  return async (key) => {
    const known = asked.get(key);
    if (known !== undefined) return known;
    const answer = ask(key);
    asked.set(key, answer);
    answer.catch(() => asked.delete(key));
    return answer;
  };
}
