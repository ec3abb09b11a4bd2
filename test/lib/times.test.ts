import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { GIVEN, ORDERS, TIMES, wrongOrders } from '../../src/lib/times';

const ROOT = path.resolve(__dirname, '../..');
const ALL = { ...TIMES, ...GIVEN };

describe('the table of times', () => {
  test('is in order', () => {
    expect(wrongOrders()).toEqual([]);
  });

  test.each(ORDERS)(
    'does not stand for $shorter as long as $longer',
    ({ shorter, longer, mayEqual, else: what }) => {
      const sumMs = shorter.reduce((sum, name) => sum + ALL[name], 0);
      const asLong = wrongOrders({ ...ALL, [longer]: sumMs }).filter((wrong) => wrong.endsWith(what));
      expect(asLong).toHaveLength(mayEqual === true ? 0 : 1);
      const longerStill = wrongOrders({ ...ALL, [longer]: sumMs - 1 }).filter((wrong) =>
        wrong.endsWith(what),
      );
      expect(longerStill).toEqual([
        expect.stringContaining(`(${sumMs}) must be shorter than ${longer} (${sumMs - 1})`),
      ]);
    },
  );

  test('has no time that no module goes by', () => {
    const source = path.join(ROOT, 'src');
    const files = readdirSync(source, { encoding: 'utf8', recursive: true }).filter(
      (file) => file.endsWith('.ts') && file !== path.join('lib', 'times.ts'),
    );
    const code = files.map((file) => readFileSync(path.join(source, file), 'utf8')).join('\n');
    const used = new Set([...code.matchAll(/\bTIMES\.(\w+)/g)].map(([, name]) => name));
    expect(Object.keys(TIMES).filter((name) => !used.has(name))).toEqual([]);
  });

  test('has nothing given that no time has to meet', () => {
    const met = new Set(ORDERS.flatMap(({ shorter, longer }) => [...shorter, longer]));
    expect(Object.keys(GIVEN).filter((name) => ![...met].some((each) => each === name))).toEqual([]);
  });
});

test('docker compose leaves our processes the time for their orderly stop', () => {
  const Compose = z.object({
    services: z.record(z.string(), z.object({ stop_grace_period: z.string().optional() })),
  });
  const text = readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8');
  const { services } = Compose.parse(parse(text, { merge: true }));
  for (const name of ['web', 'worker']) {
    const seconds = /^(\d+)s$/.exec(services[name]?.stop_grace_period ?? '')?.[1];
    expect(Number(seconds) * 1000).toBeGreaterThan(TIMES.shutdownMs + 1000);
  }
});
