import type { RedisOptions } from 'ioredis';

export interface HostAndPort {
  host: string;
  port: number;
}

/** Who asks, and over what; as the client takes it. */
export type RedisAccess = Pick<
  RedisOptions,
  | 'username'
  | 'password'
  | 'tls'
  | 'db'
  | 'sentinelUsername'
  | 'sentinelPassword'
  | 'sentinelTLS'
  | 'enableTLSForSentinelMode'
>;

/** What REDIS_URL names: one Redis, the nodes of a cluster to begin with, or the sentinels to ask for the master. */
export type RedisAddress =
  | { kind: 'single'; url: string }
  | { kind: 'cluster'; nodes: HostAndPort[]; options: RedisAccess }
  | { kind: 'sentinel'; sentinels: HostAndPort[]; name: string; options: RedisAccess };

/** Thrown by `readRedisUrl`, with what is wrong in plain words. */
export class RedisUrlError extends Error {}

const SEVERAL = /^(rediss?)\+(cluster|sentinel):\/\/(?:([^@/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const SENTINEL_QUESTIONS = ['db', 'sentinelUsername', 'sentinelPassword'];
/** With an s after the first redis: over TLS. */
export const REDIS_FORMS = [
  'redis://host:port',
  'redis+cluster://host:port,host:port',
  'redis+sentinel://host:port,host:port/name',
];
const FORMS = `must be of the form ${REDIS_FORMS.join(' or ')}, or the same with rediss for TLS`;

/** @throws RedisUrlError saying what is wrong */
export function readRedisUrl(url: string): RedisAddress {
  if (/^rediss?:\/\//.test(url)) {
    if (!URL.canParse(url)) throw new RedisUrlError(FORMS);
    if (url.includes(',')) {
      throw new RedisUrlError(
        'names several hosts: say what they are with redis+cluster:// or redis+sentinel://',
      );
    }
    return { kind: 'single', url };
  }
  const [, scheme, kind, user = '', hosts = '', path = '', query = ''] = SEVERAL.exec(url) ?? [];
  if (scheme === undefined) throw new RedisUrlError(FORMS);
  const questions = new URLSearchParams(query);
  const options = { ...credentialsIn(user), ...(scheme === 'rediss' ? { tls: {} } : {}) };
  if (kind === 'cluster') {
    if (path !== '' || query !== '') {
      throw new RedisUrlError('of a cluster ends with its nodes: it has no numbered databases');
    }
    return { kind, nodes: hostsIn(hosts, 6379), options };
  }
  return sentinelsIn(hosts, path, questions, options);
}

function sentinelsIn(
  hosts: string,
  path: string,
  questions: URLSearchParams,
  options: RedisAccess,
): RedisAddress {
  const name = decoded(path);
  if (name === '' || name.includes('/')) {
    throw new RedisUrlError(
      'must end with the name that the sentinels know the master by: redis+sentinel://host:26379/name',
    );
  }
  if ([...questions.keys()].some((question) => !SENTINEL_QUESTIONS.includes(question))) {
    throw new RedisUrlError(`has an unknown parameter: known are ${SENTINEL_QUESTIONS.join(', ')}`);
  }
  const db = questions.get('db') ?? '0';
  if (!/^\d{1,5}$/.test(db)) throw new RedisUrlError('must have a whole number as db');
  const sentinelUsername = questions.get('sentinelUsername');
  const sentinelPassword = questions.get('sentinelPassword');
  return {
    kind: 'sentinel',
    sentinels: hostsIn(hosts, 26_379),
    name,
    options: {
      ...options,
      db: Number(db),
      ...(sentinelUsername === null ? {} : { sentinelUsername }),
      ...(sentinelPassword === null ? {} : { sentinelPassword }),
      ...(options.tls === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: options.tls }),
    },
  };
}

function hostsIn(text: string, defaultPort: number): HostAndPort[] {
  return text.split(',').map((each, index) => {
    // Of a scheme that knows of no port, so that none is left out as the usual one.
    const url = URL.canParse(`redis://${each}`) ? new URL(`redis://${each}`) : null;
    if (each === '' || url === null || url.hostname === '' || url.username !== '' || url.port === '0') {
      // Without the text: in a URL that is written wrongly it may be part of a password.
      throw new RedisUrlError(
        `must list hosts as host:port with commas between, and the ${index + 1}. is none: user and password come once, in front, and in them @ is written %40 and / %2F`,
      );
    }
    const port = url.port === '' ? defaultPort : Number(url.port);
    return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
  });
}

function credentialsIn(user: string): RedisAccess {
  if (user === '') return {};
  const colon = user.indexOf(':');
  const username = decoded(colon < 0 ? user : user.slice(0, colon));
  const password = colon < 0 ? '' : decoded(user.slice(colon + 1));
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RedisUrlError('has a % that is no code of a character: write a % itself as %25');
  }
}
