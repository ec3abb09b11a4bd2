import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Turns } from '../../../src/jobs/schedules/turns';

function turns(most: number, isServed = (_id: string): boolean => true, turnMs = 0) {
  const woken: string[] = [];
  const made = new Turns(most, turnMs, (id) => {
    woken.push(id);
    return isServed(id);
  });
  return { made, woken };
}

describe('turns', () => {
  test('are had at once as long as there are some, then in the order of asking', () => {
    const { made, woken } = turns(2);
    for (const id of ['a', 'b', 'c', 'd', 'c']) made.ask(id);
    expect(woken).toEqual(['a', 'b']);
    expect([made.isWaiting('a'), made.isWaiting('c')]).toEqual([false, true]);
    made.ended('a');
    expect(woken).toEqual(['a', 'b', 'c']);
    made.ended('c');
    made.ended('b');
    expect(woken).toEqual(['a', 'b', 'c', 'd']);
  });

  test('of whoever is awake need no second one: it is woken again at once', () => {
    const { made, woken } = turns(1);
    made.ask('a');
    made.ask('a');
    expect(woken).toEqual(['a', 'a']);
    made.ask('b');
    made.ended('a');
    expect(woken).toEqual(['a', 'a', 'b']);
  });

  test('are not taken by schedules that are not served here any more', () => {
    const { made, woken } = turns(1, (id) => !id.startsWith('gone'));
    made.ask('a');
    for (const id of ['gone 1', 'gone 2', 'b', 'c']) made.ask(id);
    made.ended('a');
    expect(woken).toEqual(['a', 'gone 1', 'gone 2', 'b']);
    expect(made.isWaiting('c')).toBe(true);
  });

  test('are over when others wait and they have lasted long enough, and only then', async () => {
    const { made } = turns(1, undefined, 40);
    made.ask('a');
    await sleep(60);
    expect(made.isOver('a')).toBe(false);
    made.ask('b');
    expect(made.isOver('a')).toBe(true);
    made.ended('a');
    made.ask('a');
    expect([made.isOver('b'), made.isWaiting('a')]).toEqual([false, true]);
  });

  test('come to all of thousands that are rung at once', () => {
    const { made, woken } = turns(3);
    const ids = Array.from({ length: 5000 }, (_, i) => String(i));
    for (const id of ids) made.ask(id);
    for (let i = 0; i < ids.length; i += 1) made.ended(woken[i] ?? '');
    expect(woken).toEqual(ids);
  });
});
