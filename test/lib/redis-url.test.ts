import { describe, expect, test } from '@jest/globals';
import { readRedisUrl } from '../../src/lib/redis-url';

const faultOf = (url: string): string => {
  try {
    readRedisUrl(url);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'none';
};

describe('REDIS_URL', () => {
  test('names one Redis', () => {
    for (const url of ['redis://127.0.0.1:6379', 'rediss://u:p@cache.test/2', 'redis://[::1]:1'])
      expect(readRedisUrl(url)).toEqual({ kind: 'single', url });
  });

  test('names the first nodes of a cluster', () => {
    expect(readRedisUrl('redis+cluster://a:7000,b,[::1]:7002')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 6379 },
        { host: '::1', port: 7002 },
      ],
      options: {},
    });
    expect(readRedisUrl('rediss+cluster://us%40er:p%2Fw%3A@a:7000/')).toMatchObject({
      kind: 'cluster',
      options: { username: 'us@er', password: 'p/w:', tls: {} },
    });
    expect(readRedisUrl('redis+cluster://:secret@a')).toMatchObject({ options: { password: 'secret' } });
  });

  test('names sentinels, and the master as they know it', () => {
    expect(readRedisUrl('redis+sentinel://a,b:1/sale')).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 1 },
      ],
      name: 'sale',
      options: { db: 0 },
    });
    const url = 'rediss+sentinel://me:mine@a/sale?db=3&sentinelUsername=s&sentinelPassword=t%26u';
    expect(readRedisUrl(url)).toMatchObject({
      options: {
        username: 'me',
        password: 'mine',
        db: 3,
        sentinelUsername: 's',
        sentinelPassword: 't&u',
        tls: {},
        sentinelTLS: {},
        enableTLSForSentinelMode: true,
      },
    });
  });

  test.each([
    ['', /^must be of the form/],
    ['nowhere', /^must be of the form/],
    ['http://a', /^must be of the form/],
    ['redis+cluster:/a', /^must be of the form/],
    ['redis+cluster://a#b', /^must be of the form/],
    ['redis://a:1,b:2', /redis\+cluster/],
    ['redis+cluster://', /host:port.*1\. is none/],
    ['redis+cluster://a,,b', /2\. is none/],
    ['redis+cluster://a:0', /1\. is none/],
    ['redis+cluster://a:70000', /1\. is none/],
    ['redis+cluster://a:b', /1\. is none/],
    ['redis+cluster://u:p@a,u:p@b', /2\. is none/],
    ['redis+cluster://a/1', /no numbered databases/],
    ['redis+cluster://a?db=1', /no numbered databases/],
    ['redis+sentinel://a', /name/],
    ['redis+sentinel://a/', /name/],
    ['redis+sentinel://a/b/c', /name/],
    ['redis+sentinel://a/b?db=x', /whole number as db/],
    ['redis+sentinel://a/b?password=x', /unknown parameter.*sentinelPassword/],
    ['redis+sentinel://%@a/b', /%25/],
  ])('%s is refused, saying why', (url, fault) => expect(faultOf(url)).toMatch(fault));

  test('that is wrong never shows its password', () => {
    for (const url of [
      'redis+cluster://me:hunter@2hunter@a',
      'redis+cluster://:hunter/2hunter@a',
      'redis+sentinel://me:hunter?2hunter@a/b',
      'redis+sentinel://me:%hunter@a/b',
      'redis://me:hunter,hunter@a',
    ])
      expect(faultOf(url)).not.toMatch(/hunter|none$/);
  });
});
