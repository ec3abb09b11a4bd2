import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Stack } from '../support/stack';
import { ConcertPage } from './objects/concert';
import { useStage } from './support/browser';
import { picture } from './support/pictures';
import { focused, gone, seen } from './support/seen';
import { bookingsOf, Service } from './support/service';

// Holds of the shared service last longer than anybody waits for in a test.
const SHORT_HOLDS = { HOLD_TTL_SECONDS: '5' };
let stack: Stack;
let service: Service;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 1, env: SHORT_HOLDS });
  service = new Service(stack.origin());
});
const stage = useStage(() => service);
afterAll(async () => stack.stop());

describe('the end of a hold', () => {
  test('is counted down to and said; the seats are free to others, and can be chosen again', async () => {
    const { concertId } = await service.evening();
    const account = await service.account('Mina', 5000);
    const page = await stage.page(account);
    const concert = await new ConcertPage(page, concertId).open();
    await (await (await concert.enter()).toSeats()).holds(1, 2);
    await seen(concert.checkout, /0:0[3-5] left to pay/);
    await seen(concert.checkout, /0:01 left to pay/);
    await seen(concert.checkout, /The hold has ended/);
    await gone(concert.pay);
    await gone(concert.giveBack);
    await picture(page, 'fan-hold-ended');
    await concert.chooseAgain.click();
    await seen(concert.freeSeats.and(concert.seat(1)));
    expect(await bookingsOf(account, 'PENDING')).toEqual([]);
    await concert.holds(1);
  });

  test('that comes while the price is being charged loses nothing but the hold', async () => {
    const { concertId } = await service.evening();
    const account = await service.account('Mina');
    const page = await stage.page(account);
    const concert = await new ConcertPage(page, concertId).open();
    await (await (await concert.enter()).toSeats()).holds(1);
    await concert.charge.focus();
    await seen(concert.checkout, /The hold has ended/);
    await seen(focused(page), /Choose seats again/);
    await gone(concert.charge);
  });

  test('outside is said where the hold is shown', async () => {
    const { concertId } = await service.evening();
    const page = await stage.page(await service.account('Mina', 5000));
    const concert = await new ConcertPage(page, concertId).open();
    await (await (await concert.enter()).toSeats()).holds(1);
    await concert.leave.click();
    await page.getByRole('button', { name: /the seats stay on hold/ }).click();
    await seen(page.getByText(/Kept until/));
    await seen(page.getByText(/The hold has ended/));
    await gone(concert.giveBack);
  });
});
