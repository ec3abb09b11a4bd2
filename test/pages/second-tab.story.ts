import { describe, expect, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { useStage } from './support/browser';
import { before, Meeting } from './support/network';
import { seen } from './support/seen';
import { bookingsOf, Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

/** The same fan in two tabs of one browser. */
async function twoTabs(queue = {}) {
  const { concertId } = await service.evening({ queue });
  const account = await service.account('Mina', 10_000);
  const visitor = await stage.visitor(account);
  const first = await new ConcertPage(await stage.tab(visitor), concertId).open();
  const second = new ConcertPage(await stage.tab(visitor), concertId);
  // Browsers slow down what nobody looks at, and one window shows one tab: a story looks at each in turn.
  const lookAt = async (tab: ConcertPage): Promise<void> => tab.page.bringToFront();
  return { account, concertId, first, second, lookAt };
}

describe('a second tab', () => {
  test('stands at the same place, and is let in with the first', async () => {
    const { concertId, first, second } = await twoTabs({ maxActive: 0 });
    await (await service.account()).fan.join(concertId);
    await first.join.click();
    await seen(first.position, /^2$/);
    await second.open();
    await seen(second.position, /^2$/);
    await service.steer(concertId, { maxActive: 5 });
    await seen(first.heading, /^You are in/);
    await seen(second.heading, /^You are in/);
  });

  test('holding the same seats in both is one hold, and both can pay for it', async () => {
    const { account, first, second, lookAt } = await twoTabs();
    await lookAt(first);
    await (await first.enter()).toSeats();
    await first.choose(1, 2);
    await second.open();
    await lookAt(second);
    await second.toSeats();
    await second.choose(1, 2);
    await Promise.all([first.hold.click(), second.hold.click()]);
    await seen(second.heading, /^On hold for you$/);
    await lookAt(first);
    await seen(first.heading, /^On hold for you$/);
    expect(await bookingsOf(account, 'PENDING')).toHaveLength(1);

    await first.payNow();
    await seen(first.heading, /^Your tickets$/);
    await lookAt(second);
    await seen(second.heading, /^Your tickets$/);
    await seen(second.purse, /^8,000 points/);
    expect(await bookingsOf(account, 'PAID')).toHaveLength(1);
  });

  test('paying in both at once is paid once', async () => {
    const { account, first, second, lookAt } = await twoTabs();
    await lookAt(first);
    await (await (await first.enter()).toSeats()).holds(3);
    await second.open();
    await seen(second.heading, /^On hold for you$/);
    const both = new Meeting(2);
    for (const { page } of [first, second]) await before(page, '**/pay', async () => both.arrive());
    await first.payNow();
    await lookAt(second);
    await second.payNow();
    for (const tab of [first, second]) {
      await lookAt(tab);
      await seen(tab.heading, /^Your ticket$/);
      await seen(tab.purse, /^9,000 points/);
    }
    expect(await bookingsOf(account, 'PAID')).toHaveLength(1);
  });

  test('signing out in one signs out in the other', async () => {
    const { first, second } = await twoTabs();
    await second.open();
    await seen(second.join);
    await first.page.getByRole('button', { name: /^Sign out$/ }).click();
    await seen(second.heading, /^Sign in$/);
  });
});
