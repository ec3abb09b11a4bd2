import { describe, expect, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { useStage } from './support/browser';
import { before } from './support/network';
import { picture } from './support/pictures';
import { seen } from './support/seen';
import { bookingsOf, Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

/** Somebody with money in front of the plan, and somebody else who is inside too. */
async function race() {
  const { concertId, scheduleId } = await service.evening();
  const account = await service.account('Mina', 10_000);
  const page = await stage.page(account);
  const concert = await new ConcertPage(page, concertId).open();
  await (await concert.enter()).toSeats();
  return { concert, account, scheduleId, rival: await service.inside(concertId) };
}

describe('a lost race', () => {
  test('a chosen seat that somebody takes is said and dropped; the rest is kept and can be held', async () => {
    const { concert, rival, scheduleId } = await race();
    await concert.choose(1, 2, 3);
    await rival.held(scheduleId, [2]);
    await seen(concert.alert, /Somebody else was faster.*seat 2/);
    await seen(concert.chosen, /seat 1;.*seat 3\. Together 2,000 points/);
    expect(await concert.seat(2).getAttribute('aria-disabled')).toBe('true');
    await picture(concert.page, 'fan-lost-race');
    await concert.hold.click();
    await seen(concert.pay, /Pay 2,000 points/);
  });

  test('a seat taken between the press and the service: said, nothing is held, the rest can be', async () => {
    const { concert, account, rival, scheduleId } = await race();
    await concert.choose(1, 2);
    await before(concert.page, '**/bookings', async () => rival.held(scheduleId, [1]));
    await concert.hold.click();
    await seen(concert.alert, /taken|Somebody else was faster/i);
    await seen(concert.chosen, /seat 2\. Together 1,000 points/);
    expect(await bookingsOf(account, 'PENDING')).toEqual([]);
    await concert.page.unroute('**/bookings');
    await concert.hold.click();
    await seen(concert.pay, /Pay 1,000 points/);
  });

  test('a seat that somebody gives back can be chosen without a reload', async () => {
    const { concert, rival, scheduleId } = await race();
    const booking = await rival.held(scheduleId, [4]);
    await seen(concert.page.getByRole('button', { name: /seat 4:.*on hold/ }));
    await concert.press(4);
    await seen(concert.alert, /not free/);
    await rival.cancel(booking.id);
    await seen(concert.freeSeats.and(concert.seat(4)));
    await concert.holds(4);
  });
});
