import { describe, expect, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { useStage } from './support/browser';
import { gone, seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

describe('what an operator does is seen by a fan without a reload', () => {
  test('a pause and its message, and that it is over', async () => {
    const { concertId } = await service.evening({ queue: { maxActive: 0 } });
    const concert = new ConcertPage(await stage.page(await service.account()), concertId);
    await concert.open();
    await concert.join.click();
    await seen(concert.position, /^1$/);
    await service.steer(concertId, { paused: true, message: '<b>Back</b> at nine.' });
    await seen(concert.place, /Admission is paused.*Your place is kept/);
    // As it was typed, never as markup.
    await seen(concert.place, /<b>Back<\/b> at nine\./);
    await service.steer(concertId, { paused: false, message: null, maxActive: 5 });
    await seen(concert.heading, /^You are in/);
    await gone(concert.page.getByText(/Back.* at nine/));
  });

  test('the end of the time for choosing keeps what is held, and says how long it can be paid', async () => {
    const { concertId } = await service.evening({ queue: { activeTtlSeconds: 8 } });
    const account = await service.account('Mina', 5000);
    const concert = new ConcertPage(await stage.page(account), concertId);
    await concert.open();
    await (await (await concert.enter()).toSeats()).holds(1);
    await seen(concert.place, /The time for choosing is over\. Time left to pay/);
    await concert.payNow();
    await seen(concert.heading, /^Your ticket$/);
  });

  test('the end of the time inside with nothing held leads out and says so', async () => {
    const { concertId } = await service.evening({ queue: { activeTtlSeconds: 4 } });
    const concert = new ConcertPage(await stage.page(await service.account()), concertId);
    await concert.open();
    await (await concert.enter()).toSeats();
    await seen(concert.alert, /Your time inside is over/);
    await seen(concert.join);
    expect(await concert.basket.count()).toBe(0);
  });
});
