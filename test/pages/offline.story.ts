import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { useStage } from './support/browser';
import { picture } from './support/pictures';
import { gone, seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);
const OFFLINE_MS = 10_000;

describe('a broken line', () => {
  test('ten seconds offline in the waiting room: said, and the page goes on by itself, let in meanwhile', async () => {
    const { concertId } = await service.evening({ queue: { maxActive: 0 } });
    const page = await stage.page(await service.account());
    const concert = await new ConcertPage(page, concertId).open();
    await concert.join.click();
    await seen(concert.position, /^1$/);
    stage.faults.expectBrokenLines();
    await page.context().setOffline(true);
    const offline = sleep(OFFLINE_MS);
    await seen(concert.alert, /keeps trying by itself/);
    await seen(concert.position, /^1$/);
    await picture(page, 'fan-away');
    await service.steer(concertId, { maxActive: 5 });
    await offline;
    await page.context().setOffline(false);
    await seen(concert.heading, /^You are in/);
    await gone(concert.alert.filter({ hasText: /keeps trying/ }));
  });

  test('offline in front of the plan: said, the choice is kept, and held when the line is back', async () => {
    const { concertId, scheduleId } = await service.evening();
    const page = await stage.page(await service.account('Mina', 5000));
    const concert = await new ConcertPage(page, concertId).open();
    await (await concert.enter()).toSeats();
    await concert.choose(1, 2);
    stage.faults.expectBrokenLines();
    await page.context().setOffline(true);
    await seen(concert.alert, /keeps trying by itself/);
    await (await service.inside(concertId)).held(scheduleId, [9]);
    await page.context().setOffline(false);
    await seen(page.getByRole('button', { name: /seat 9:.*on hold/ }));
    await gone(concert.alert.filter({ hasText: /keeps trying/ }));
    await seen(concert.chosen, /seat 1;.*seat 2\. Together/);
    await concert.hold.click();
    await seen(concert.heading, /^On hold for you$/);
  });

  test('a reload while the service is away says so, and recovers by itself', async () => {
    const { concertId } = await service.evening();
    const page = await stage.page(await service.account());
    const concert = await new ConcertPage(page, concertId).open();
    await seen(concert.join);
    stage.faults.expectBrokenLines();
    await page.route('**/api/**', (route) => route.abort());
    await page.reload();
    await seen(concert.alert, /keeps trying by itself/);
    await page.unroute('**/api/**');
    await seen(concert.join);
  });
});
