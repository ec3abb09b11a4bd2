import { hash, verify } from '@node-rs/argon2';
import fastq from 'fastq';
import { Problem } from '../../lib/problems';

// argon2id as OWASP recommends it: 19 MiB, two passes.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
// Each hash keeps a core busy, and that memory: a flood of logins must not starve everything else.
const AT_ONCE = 2;
const WAITING_LIMIT = 500;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** `stored` null (no such user) takes as long and is never right, so that an answer's time tells nothing. */
  matches(stored: string | null, password: string): Promise<boolean>;
}

/** Password hashing with bounded parallelism. @throws Problem OVERLOADED when too many wait for it */
export async function createPasswords(): Promise<Passwords> {
  const queue = fastq.promise(async (work: () => Promise<unknown>) => work(), AT_ONCE);
  const nobody = await hash('no password has this hash', COST);

  async function queued<T>(work: () => Promise<T>): Promise<T> {
    if (queue.length() >= WAITING_LIMIT) {
      throw new Problem('OVERLOADED', 'Too many people sign in at once. Try again.', {
        headers: { 'Retry-After': '2' },
      });
    }
    return new Promise<T>((resolve, reject) => {
      queue.push(async () => work().then(resolve, reject)).catch(reject);
    });
  }

  return {
    hash: async (password) => queued(async () => hash(password, COST)),
    matches: async (stored, password) => {
      const right = await queued(async () => verify(stored ?? nobody, password));
      return right && stored !== null;
    },
  };
}
