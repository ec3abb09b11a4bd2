import { createAccessTokens } from '../../src/api/accounts/access-tokens';
import { createQueueTokens } from '../../src/waiting-room';

/** Shared by every process of the bench, the baselines' included: the same tokens open all doors. */
export const SECRETS = {
  JWT_SECRET: 'the access token secret of the bench, of nobody else',
  QUEUE_TOKEN_SECRET: 'the queue token secret of the bench, another one',
};

/** Fans are numbered from 1: the id of a number is the same in SQL, in Redis and in tokens. */
export const fanId = (fan: number): string => `${FAN_PREFIX}${fan.toString(16).padStart(12, '0')}`;

const FAN_PREFIX = '00000000-0000-7000-8000-';

/** The same as an SQL expression over an integer column or parameter. */
export const fanIdSql = (integer: string): string =>
  `('${FAN_PREFIX}' || lpad(to_hex(${integer}), 12, '0'))::uuid`;

// Longer than the longest run.
const TOKEN_TTL_SECONDS = 6 * 3600;

/** Signs tokens as the service does, each once: making them must not take from the machine while it is measured. */
export class FanTokens {
  readonly #access = createAccessTokens(SECRETS.JWT_SECRET, TOKEN_TTL_SECONDS);
  readonly #queue = createQueueTokens(SECRETS.QUEUE_TOKEN_SECRET);
  readonly #signed = new Map<string, string>();

  access(fan: number): string {
    return this.#once(`${fan}`, () => this.#access.issue(fanId(fan), 'user'));
  }

  /** Of somebody admitted to the concert. */
  admitted(fan: number, concertId: string): string {
    return this.#once(`${fan} ${concertId}`, () =>
      this.#queue.issue({
        userId: fanId(fan),
        concertId,
        sequence: String(fan),
        epoch: 1,
        position: 0,
        choosesUntilMs: Date.now() + TOKEN_TTL_SECONDS * 1000,
      }),
    );
  }

  #once(key: string, sign: () => string): string {
    let token = this.#signed.get(key);
    if (token === undefined) {
      token = sign();
      this.#signed.set(key, token);
    }
    return token;
  }
}
