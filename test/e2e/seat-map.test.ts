import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { seatMapKeys } from '../../src/seat-map/noted-map';
import { Concert, SeatChanges, SeatMap, SeatRuns } from '../support/contract';
import type { Fan } from '../support/fan';
import { applied, followSeats, type SeatEvents } from '../support/seat-events';
import { Stack } from '../support/stack';
import { stopwatch } from '../support/stopwatch';
import { until, untilIs } from '../support/until';

const SEATS = 400;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 1 });
});
afterAll(async () => stack.stop());

const mapOf = (scheduleId: string): string => `/api/concerts/schedules/${scheduleId}/seats`;

/** An answer as it travels: `fetch` would unpack it. */
async function raw(path: string, headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      const asked = request(`${stack.origin()}${path}`, { method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      });
      asked.on('error', reject);
      asked.end();
    },
  );
}

const signed = (fan: Fan, headers: Record<string, string> = {}): Record<string, string> => ({
  authorization: `Bearer ${fan.token}`,
  'x-queue-token': fan.queueToken ?? '',
  ...headers,
});

async function readMap(fan: Fan, scheduleId: string) {
  return (await fan.send('GET', mapOf(scheduleId))).as(SeatMap, 200);
}

describe('a hall that lies round its stage', () => {
  const layout = {
    Front: { shape: 'block', x: 0, y: 4, turnDegrees: 0 },
    Curve: { shape: 'arc', distance: 20, angleDegrees: -30 },
  };
  const sections = [
    { name: 'Front', rows: 2, seatsPerRow: 3, price: 900, layout: { shape: 'block', y: 4 } },
    {
      name: 'Curve',
      rows: 2,
      seatsPerRow: 4,
      price: 500,
      attributes: { view: 'side' },
      layout: layout.Curve,
    },
    { name: 'Floor', rows: 1, seatsPerRow: 5, price: 300, standing: true },
  ];

  test('is told with its map, which by runs says the same of every seat', async () => {
    const concertId = await stack.concert({ timeZone: 'Asia/Seoul' });
    const scheduleId = await stack.date(concertId, { sections });
    const fan = await stack.admitted(concertId);
    await fan.held(scheduleId, [2, 7]);
    const byRuns = async (since = '') =>
      (await fan.send('GET', `${mapOf(scheduleId)}?form=runs${since}`)).as(SeatRuns, 200);
    const states = async () => (await byRuns()).states;
    await untilIs('the holds on the map', states, 'AHAAAAHAAAAAAAAAAAA');
    const [map, runs] = [await readMap(fan, scheduleId), await byRuns()];
    expect(map.layout).toEqual(layout);
    expect(runs.layout).toEqual(layout);
    const seats = runs.runs.flatMap(({ first, last, ...facts }) =>
      Array.from({ length: last - first + 1 }, (_, place) => {
        const number = first + place;
        const status = { A: 'AVAILABLE', H: 'HELD', S: 'SOLD' }[runs.states[number - 1] ?? ''];
        return { ...facts, id: `${scheduleId}-${number}`, number, status };
      }),
    );
    expect(seats).toEqual(map.seats);
    expect(await byRuns('&since=999999')).toEqual(runs);
    const etags = await Promise.all(
      ['', '?form=runs'].map(
        async (form) => (await raw(`${mapOf(scheduleId)}${form}`, signed(fan))).headers['etag'],
      ),
    );
    expect(new Set(etags).size).toBe(2);
    const answer = await fan.send('GET', `/api/concerts/${concertId}`);
    expect(answer.as(z.object({ concert: Concert }), 200).concert.timeZone).toBe('Asia/Seoul');
  });

  test.each([
    [{ shape: 'arc' }, /layout/],
    [{ shape: 'arc', distance: 0 }, /distance/],
    [{ shape: 'block', y: 1e9 }, /y/],
    [{ shape: 'heap', y: 1 }, /layout/],
    [{ shape: 'block', y: 1, tilt: 2 }, /layout/],
  ])('refuses a place that cannot be drawn: %j', async (wrong, where) => {
    const concertId = await stack.concert();
    const [first] = sections;
    await expect(stack.date(concertId, { sections: [{ ...first, layout: wrong }] })).rejects.toThrow(where);
  });

  test.each(['Mars/Olympus', '', `UTC${' '.repeat(200)}`])(
    'refuses a clock that there is not: %j',
    async (timeZone) => {
      await expect(stack.concert({ timeZone })).rejects.toThrow(/400/);
    },
  );
});

describe('a seat map over the wire', () => {
  test.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('is compressed as %s where that is accepted, with the same content', async (coding, unpack) => {
    const { concertId, scheduleId } = await stack.house({ seats: SEATS });
    const fan = await stack.admitted(concertId);
    const plain = await raw(mapOf(scheduleId), signed(fan));
    const packed = await raw(mapOf(scheduleId), signed(fan, { 'accept-encoding': coding }));
    expect(plain.headers).toMatchObject({
      vary: 'Accept-Encoding',
      'content-length': String(plain.body.length),
    });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(packed.headers).toMatchObject({
      'content-encoding': coding,
      vary: 'Accept-Encoding',
      etag: plain.headers['etag'],
      'content-type': 'application/json; charset=utf-8',
    });
    expect(unpack(packed.body).equals(plain.body)).toBe(true);
    expect(packed.body.length).toBeLessThan(plain.body.length / 5);

    const head = await raw(mapOf(scheduleId), signed(fan, { 'accept-encoding': coding }), 'HEAD');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
      200,
      String(packed.body.length),
      0,
    ]);
  });

  test('is not compressed for who refuses that', async () => {
    const { concertId, scheduleId } = await stack.house({ seats: SEATS });
    const fan = await stack.admitted(concertId);
    for (const accepted of ['identity', 'br;q=0, gzip;q=0', 'zstd', '']) {
      const answer = await raw(mapOf(scheduleId), signed(fan, { 'accept-encoding': accepted }));
      expect([accepted, answer.headers['content-encoding']]).toEqual([accepted, undefined]);
    }
  });

  test('is 304 for whoever has this version, in whatever coding, until a seat changes', async () => {
    const { concertId, scheduleId } = await stack.house();
    const fan = await stack.admitted(concertId);
    const etag = String(
      (await raw(mapOf(scheduleId), signed(fan, { 'accept-encoding': 'br' }))).headers['etag'],
    );
    for (const sent of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
      for (const accepted of ['br', 'identity']) {
        const headers = signed(fan, { 'if-none-match': sent, 'accept-encoding': accepted });
        const answer = await raw(mapOf(scheduleId), headers);
        expect([sent, answer.status, answer.headers['etag'], answer.body.length]).toEqual([
          sent,
          304,
          etag,
          0,
        ]);
      }
    }
    await fan.held(scheduleId, [1]);
    const isNew = async () => (await raw(mapOf(scheduleId), signed(fan, { 'if-none-match': etag }))).status;
    await untilIs('a new version', isNew, 200);
  });
});

describe('what has changed since a version', () => {
  test('is told alone, from the version that the caller has', async () => {
    const { concertId, scheduleId } = await stack.house({ seatLimit: 10 });
    const fan = await stack.admitted(concertId);
    const { version } = await readMap(fan, scheduleId);
    const path = `${mapOf(scheduleId)}?since=${version}`;
    expect((await fan.send('GET', path)).json).toEqual({ scheduleId, version, changed: [] });

    await fan.held(scheduleId, [3]);
    const booking = await fan.held(scheduleId, [4, 5]);
    await fan.cancel(booking.id);
    const changes = async () => (await fan.send('GET', path)).as(SeatChanges, 200);
    const { changed } = await until('three changes', changes, (told) => told.version === version + 3);
    expect(changed.sort((a, b) => a.id.localeCompare(b.id))).toEqual([
      { id: `${scheduleId}-3`, status: 'HELD' },
      { id: `${scheduleId}-4`, status: 'AVAILABLE' },
      { id: `${scheduleId}-5`, status: 'AVAILABLE' },
    ]);

    const { headers } = await fan.send('GET', path);
    const again = { headers: { 'if-none-match': headers.get('etag') ?? '' } };
    expect((await fan.send('GET', path, again)).status).toBe(304);
  });

  test('is the whole map where it is not known, narrowed as asked', async () => {
    const { concertId, scheduleId } = await stack.house();
    const fan = await stack.admitted(concertId);
    const { version } = await readMap(fan, scheduleId);
    await fan.held(scheduleId, [3]);
    const changed = async () => (await readMap(fan, scheduleId)).version;
    await untilIs('the change', changed, version + 1);
    for (const since of [0, version - 1, version + 100]) {
      const whole = (await fan.send('GET', `${mapOf(scheduleId)}?since=${since}`)).as(SeatMap, 200);
      expect(whole.seats).toHaveLength(50);
      const narrowed = await fan.send('GET', `${mapOf(scheduleId)}?since=${since}&status=available`);
      expect(narrowed.as(SeatMap, 200).seats).toHaveLength(49);
    }
    const told = await fan.send('GET', `${mapOf(scheduleId)}?since=${version}&status=available`);
    expect(told.as(SeatChanges, 200).changed).toEqual([{ id: `${scheduleId}-3`, status: 'HELD' }]);
  });
});

/** Reads events until the client's picture has this many seats of that status. */
async function readUntil(
  events: SeatEvents,
  statuses: Map<string, string>,
  wanted: string,
  count: number,
): Promise<Map<string, string>> {
  let picture = statuses;
  while ([...picture.values()].filter((status) => status === wanted).length !== count) {
    const event = await events.next();
    if (event === null) throw new Error('The stream ended');
    picture = applied(picture, event);
  }
  return picture;
}

describe('a stream of seats', () => {
  test('tells the whole map, then what changes, as it is committed', async () => {
    const { concertId, scheduleId } = await stack.house({ seatLimit: 50 });
    const fan = await stack.admitted(concertId);
    const events = await followSeats(fan, scheduleId, stack.origin());
    expect(events.answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(events.answer.headers.get('content-encoding')).toBeNull();
    const first = await events.next();
    expect(first).toEqual(await readMap(fan, scheduleId));
    if (first === null) throw new Error('no event');
    for (let seat = 1; seat <= 20; seat += 1) await fan.held(scheduleId, [seat]);
    const picture = await readUntil(events, applied(new Map(), first), 'HELD', 20);
    const { seats } = await readMap(fan, scheduleId);
    expect([...picture]).toEqual(seats.map((seat) => [seat.id, seat.status]));
    events.close();
  });

  test.each(['query', 'header'])('goes on from a version in the %s', async (where) => {
    const { concertId, scheduleId } = await stack.house();
    const fan = await stack.admitted(concertId);
    const { version, seats } = await readMap(fan, scheduleId);
    await fan.held(scheduleId, [7]);
    const sent =
      where === 'query' ? { query: `?since=${version}` } : { headers: { 'last-event-id': String(version) } };
    const events = await followSeats(fan, scheduleId, stack.origin(), sent);
    const known = new Map(seats.map((seat): [string, string] => [seat.id, seat.status]));
    const first = await events.next();
    expect(first).not.toHaveProperty('seats');
    if (first === null) throw new Error('no event');
    const picture = await readUntil(events, applied(known, first), 'HELD', 1);
    expect(picture.get(`${scheduleId}-7`)).toBe('HELD');
    events.close();
  });

  test('comes right again after Redis has lost the map', async () => {
    const { concertId, scheduleId } = await stack.house();
    const fan = await stack.admitted(concertId);
    const events = await followSeats(fan, scheduleId, stack.origin());
    const first = await events.next();
    if (first === null) throw new Error('no event');
    const keys = ['states', 'version', 'free', 'log', 'logged'].map(
      (key) => `frontrow:{seats:${scheduleId}}:${key}`,
    );
    await stack.onRedis(async (redis) => redis.del(keys));
    await fan.held(scheduleId, [8, 9]);
    const picture = await readUntil(events, applied(new Map(), first), 'HELD', 2);
    expect(picture.get(`${scheduleId}-9`)).toBe('HELD');
    events.close();
  });

  test('ends when the admission does, and when its user signs out', async () => {
    const { concertId, scheduleId } = await stack.house();
    const [leaving, signingOut, staying] = [
      await stack.admitted(concertId),
      await stack.admitted(concertId),
      await stack.admitted(concertId),
    ];
    const open = async (fan: Fan): Promise<SeatEvents> => {
      const events = await followSeats(fan, scheduleId, stack.origin());
      await events.next();
      return events;
    };
    const [left, out, stays] = [await open(leaving), await open(signingOut), await open(staying)];
    await leaving.leave(concertId);
    expect(await left.next()).toBeNull();
    await signingOut.send('POST', '/api/auth/logout');
    expect(await out.next()).toBeNull();
    await staying.held(scheduleId, [1]);
    expect(await stays.next()).not.toBeNull();
    stays.close();
  });

  test('is one of five at most that a user has of a date: the oldest ends', async () => {
    const { concertId, scheduleId } = await stack.house();
    const [fan, other] = [await stack.admitted(concertId), await stack.admitted(concertId)];
    const open = async (who: Fan): Promise<SeatEvents> => {
      const events = await followSeats(who, scheduleId, stack.origin());
      await events.next();
      return events;
    };
    const others = await open(other);
    const streams: SeatEvents[] = [];
    for (let n = 0; n < 6; n += 1) streams.push(await open(fan));
    const [oldest, ...rest] = streams;
    expect(await oldest?.next()).toBeNull();
    await fan.held(scheduleId, [2]);
    for (const events of [others, ...rest]) {
      expect(await events.next()).toMatchObject({ changed: [{ id: `${scheduleId}-2`, status: 'HELD' }] });
      events.close();
    }
  });

  test('looks at the map no oftener for many streams than for one', async () => {
    const { concertId, scheduleId } = await stack.house({ seatLimit: 50 });
    const fans = [
      await stack.admitted(concertId),
      await stack.admitted(concertId),
      await stack.admitted(concertId),
    ];
    const opened = await Promise.all(
      fans.flatMap((fan) => [1, 2, 3, 4].map(async () => followSeats(fan, scheduleId, stack.origin()))),
    );
    for (const events of opened) await events.next();
    // Its looks alone: others read lists, too.
    let looks = 0;
    const monitor = await stack.onRedis(async (redis) => redis.monitor());
    monitor.on('monitor', (_time: string, [command = '', key = '']: string[]) => {
      if (command.toLowerCase() === 'lrange' && key === seatMapKeys(scheduleId)[4]) looks += 1;
    });
    const elapsedMs = stopwatch();
    const [fan] = fans;
    for (let seat = 1; seat <= 10; seat += 1) await fan?.held(scheduleId, [seat]);
    await sleep(600);
    expect(looks).toBeGreaterThan(0);
    expect(looks).toBeLessThanOrEqual(2 + elapsedMs() / 200); // five times a second, not sixty
    monitor.disconnect();
    for (const events of opened) events.close();
  });
});

describe('pages and long answers', () => {
  test.each(['/style.css', '/openapi.json', '/docs/swagger-ui.css'])(
    '%s is compressed, and 304 for whoever has it',
    async (path) => {
      const plain = await raw(path, {});
      const packed = await raw(path, { 'accept-encoding': 'br' });
      expect(packed.headers).toMatchObject({ 'content-encoding': 'br', etag: plain.headers['etag'] });
      expect(packed.headers['vary']).toContain('Accept-Encoding');
      expect(brotliDecompressSync(packed.body).equals(plain.body)).toBe(true);
      const again = await raw(path, { 'if-none-match': String(plain.headers['etag']) });
      expect([again.status, again.body.length]).toEqual([304, 0]);
    },
  );

  test('a file is 304 for whoever has it since it was changed', async () => {
    const { headers } = await raw('/style.css', {});
    const again = await raw('/style.css', { 'if-modified-since': String(headers['last-modified']) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const older = await raw('/style.css', { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' });
    expect(older.status).toBe(200);
  });

  test('a list is compressed, and a short answer is left as it is', async () => {
    for (let n = 0; n < 12; n += 1) await stack.concert({ description: 'A long evening. '.repeat(20) });
    const plain = await raw('/api/concerts', {});
    const packed = await raw('/api/concerts', { 'accept-encoding': 'gzip, deflate, br' });
    expect(packed.headers).toMatchObject({
      'content-encoding': 'br',
      vary: 'Accept-Encoding',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(brotliDecompressSync(packed.body).equals(plain.body)).toBe(true);
    const short = await raw('/api/concerts/1', { 'accept-encoding': 'br' });
    expect(short.headers['content-encoding']).toBeUndefined();
    expect(short.headers['vary']).toBeUndefined();
    const problem = await raw('/api/concerts/999999', { 'accept-encoding': 'br' });
    expect(problem.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});
