import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';

/** The keys of ES256 queue tokens, all of the curve P-256. */
export interface QueueTokenKeys {
  /** Signs; null: no ES256 token is issued. */
  signing: KeyObject | null;
  /** Public keys whose tokens are taken as well. */
  accepted: readonly KeyObject[];
}

/** A public key as a JSON Web Key. */
export const PublishedKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string().meta({ description: "The key's thumbprint (RFC 7638)" }),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
});
export type PublishedKey = z.infer<typeof PublishedKey>;

const Es256Header = z.object({ header: z.object({ alg: z.literal('ES256'), kid: z.string() }) });

/** Public keys by their thumbprint, which is the `kid` of the tokens that they check; the one that signs first. */
export class PublicKeys {
  readonly published: readonly PublishedKey[];
  readonly #byId: ReadonlyMap<string, KeyObject>;

  constructor({ signing, accepted }: QueueTokenKeys) {
    const all = [...(signing === null ? [] : [createPublicKey(signing)]), ...accepted];
    const pairs = all.map((key) => ({ key, published: publish(key) }));
    this.#byId = new Map(pairs.map(({ key, published }) => [published.kid, key]));
    this.published = [...new Map(pairs.map(({ published }) => [published.kid, published])).values()];
  }

  /** What an ES256 token says whose signature is right; nothing else of it is checked. undefined: it is none of these keys'. */
  read(token: string): unknown {
    if (this.#byId.size === 0) return undefined;
    try {
      const named = Es256Header.safeParse(jwt.decode(token, { complete: true }));
      const key = named.success ? this.#byId.get(named.data.header.kid) : undefined;
      if (key === undefined) return undefined;
      return jwt.verify(token, key, { algorithms: ['ES256'], ignoreExpiration: true });
    } catch {
      // For odd tokens (a body that is no JSON, a signature that is too short) jsonwebtoken throws errors of any kind.
      return undefined;
    }
  }
}

const Coordinates = z.object({ x: z.string(), y: z.string() });

function publish(key: KeyObject): PublishedKey {
  const { x, y } = Coordinates.parse(key.export({ format: 'jwk' }));
  // The members and their order are those of RFC 7638.
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url');
  return { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' };
}
