import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { CompactSign } from 'jose';

export type Algorithm = 'RS256' | 'ES256' | 'EdDSA';

/** How the issuer answers whoever asks for its keys. */
export type Mood =
  | 'well'
  /** Connections are reset. */
  | 'away'
  /** Takes the request and says nothing. */
  | 'silent'
  | 'failing'
  /** Answers with a page. */
  | 'rubbish'
  /** Answers with another thing in JSON. */
  | 'odd'
  /** Never stops. */
  | 'endless'
  /** Sends whoever asks to where the keys are. */
  | 'elsewhere';

export interface SigningKey {
  kid: string;
  alg: Algorithm;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** What is to be otherwise about a token. A claim that is undefined is left out. */
export interface Otherwise {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  expiresInSeconds?: number | null;
}

export const AUDIENCE = 'https://tickets.example.org';
const NEVER_ENDING = Buffer.alloc(65_536, ' ');

function keyPair(alg: Algorithm) {
  if (alg === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return alg === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('ed25519');
}

export const makeKey = (alg: Algorithm, kid: string = randomUUID()): SigningKey => ({
  kid,
  alg,
  ...keyPair(alg),
});

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** An issuer of access tokens, as a shop may have one for all its services, with whatever trouble such a one can be. */
export class Issuer {
  mood: Mood = 'well';
  /** How often it was asked. */
  asked = 0;
  /** How many bytes it has got rid of while it never stopped. */
  poured = 0;
  keys: SigningKey[] = [];
  /** As they are published; to be changed for keys that do not say what they are for, or say it wrongly. */
  published: object[] = [];
  /** What is published beside the keys, and is none. */
  strays: unknown[] = [];
  readonly #server = createServer((request, response) => this.#answer(request.url ?? '', response));
  #origin = '';

  static async start(...keys: SigningKey[]): Promise<Issuer> {
    const issuer = new Issuer();
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    const address = issuer.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    issuer.#origin = `http://127.0.0.1:${address.port}`;
    issuer.publish(...keys);
    return issuer;
  }

  get name(): string {
    return `${this.#origin}/`;
  }

  /** What a process is told to take its tokens. */
  get settings() {
    return { AUTH_JWKS_URL: `${this.#origin}/keys`, AUTH_ISSUER: this.name, AUTH_AUDIENCE: AUDIENCE };
  }

  /** These, and no others any more. */
  publish(...keys: SigningKey[]): void {
    this.keys = keys;
    this.published = keys.map(({ publicKey, kid, alg }) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      alg,
      use: 'sig',
    }));
  }

  keyFor(alg: Algorithm): SigningKey {
    const key = this.keys.find((each) => each.alg === alg);
    if (key === undefined) throw new Error(`no key for ${alg}`);
    return key;
  }

  /** A token of the first key, or of another one. */
  async token(subject: string, otherwise: Otherwise = {}, key = this.keys[0]): Promise<string> {
    if (key === undefined) throw new Error('no key');
    const { claims = {}, header = {}, expiresInSeconds = 300 } = otherwise;
    const now = nowSeconds();
    const payload = {
      iss: this.name,
      aud: AUDIENCE,
      sub: subject,
      iat: now,
      ...(expiresInSeconds === null ? {} : { exp: now + expiresInSeconds }),
      ...claims,
    };
    return new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
      .sign(key.privateKey, { crit: { strange: true } });
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(path: string, response: ServerResponse): void {
    this.asked += 1;
    const json = (body: object): void =>
      void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    const keys = { keys: [...this.published, ...this.strays] };
    const answers: Record<Mood, () => void> = {
      well: () => json(keys),
      away: () => void response.socket?.resetAndDestroy(),
      silent: () => undefined,
      failing: () => void response.writeHead(500).end('{"keys": []}'),
      rubbish: () => void response.end('<!doctype html><title>Down for maintenance</title>'),
      odd: () => json({ keys: 'soon' }),
      endless: () => pour(response, (bytes) => (this.poured += bytes)),
      elsewhere: () => {
        if (path === '/moved') json(keys);
        else response.writeHead(302, { location: '/moved' }).end();
      },
    };
    answers[this.mood]();
  }
}

function pour(response: ServerResponse, onSent: (bytes: number) => void): void {
  response.on('error', () => undefined); // Whoever asked has had enough.
  response.write('{"keys":[');
  const more = (): void => {
    if (response.destroyed) return;
    onSent(NEVER_ENDING.length);
    if (response.write(NEVER_ENDING)) setImmediate(more);
    else response.once('drain', more);
  };
  more();
}
