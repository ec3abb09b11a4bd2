import { describe, expect, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { useStage } from './support/browser';
import { requestsOf } from './support/network';
import { picture } from './support/pictures';
import { seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

describe('a reload', () => {
  test('in the waiting room keeps the place, and asks for no other', async () => {
    const { concertId } = await service.evening({ queue: { maxActive: 0 } });
    for (let before = 0; before < 3; before += 1) await (await service.account()).fan.join(concertId);
    const page = await stage.page(await service.account());
    const concert = await new ConcertPage(page, concertId).open();
    await concert.join.click();
    await seen(concert.position, /^4$/);
    await picture(page, 'fan-waiting');
    await (await service.account()).fan.join(concertId);

    const joins = requestsOf(
      page,
      (request) => request.method() === 'POST' && /users\/queue/.test(request.url()),
    );
    await page.reload();
    await seen(concert.position, /^4$/);
    expect(joins).toEqual([]);
    await service.steer(concertId, { maxActive: 10 });
    await seen(concert.heading, /^You are in/);
    expect(await page.title()).not.toBe('');
  });

  test('on another device finds the same place', async () => {
    const { concertId } = await service.evening({ queue: { maxActive: 0 } });
    await (await service.account()).fan.join(concertId);
    const account = await service.account();
    await account.fan.join(concertId);
    await (await service.account()).fan.join(concertId);
    const concert = await new ConcertPage(await stage.page(account), concertId).open();
    await seen(concert.position, /^2$/);
  });

  test('at the checkout comes back to what is held', async () => {
    const { concertId } = await service.evening();
    const page = await stage.page(await service.account('Mina', 5000));
    const concert = await new ConcertPage(page, concertId).open();
    await (await (await concert.enter()).toSeats()).holds(1, 2);
    await page.reload();
    await seen(concert.heading, /^On hold for you$/);
    await concert.payNow();
    await seen(concert.heading, /^Your tickets$/);
    expect(await concert.tickets.count()).toBe(2);
    await page.reload();
    await seen(concert.join);
  });
});
