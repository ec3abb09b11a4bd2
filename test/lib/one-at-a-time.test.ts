import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { oneAtATime } from '../../src/lib/one-at-a-time';

interface Asked {
  key: string;
  end(answer: string | Error): void;
}

function questions() {
  const asked: Asked[] = [];
  const ask = oneAtATime(
    async (key) =>
      new Promise<string>((resolve, reject) => {
        asked.push({ key, end: (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)) });
      }),
  );
  const asking = async (count: number): Promise<Asked> => {
    await sleep(5);
    expect(asked).toHaveLength(count);
    const last = asked.at(-1);
    if (last === undefined) throw new Error('nothing asked');
    return last;
  };
  return { ask, asking };
}

test('one question at a time is asked about a key, and nobody hears what was asked before they came', async () => {
  const { ask, asking } = questions();
  const together = [ask('a'), ask('a')];
  const first = await asking(1);
  const meanwhile = [ask('a'), ask('a')];
  await asking(1);
  meanwhile.push(ask('a'));
  const other = ask('b');
  (await asking(2)).end('of b');
  expect(await other).toBe('of b');
  first.end('old');
  expect(await Promise.all(together)).toEqual(['old', 'old']);
  const second = await asking(3);
  const late = ask('a');
  second.end('new');
  expect(await Promise.all(meanwhile)).toEqual(['new', 'new', 'new']);
  (await asking(4)).end('newest');
  expect(await late).toBe('newest');
});

test('a question that fails is told to those who asked it, and the next one is asked all the same', async () => {
  const { ask, asking } = questions();
  const first = ask('a');
  const failing = await asking(1);
  const next = ask('a');
  failing.end(new Error('away'));
  await expect(first).rejects.toThrow('away');
  (await asking(2)).end('back');
  expect(await next).toBe('back');
  const anew = ask('a');
  (await asking(3)).end('anew');
  expect(await anew).toBe('anew');
});
