import { describe, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { useStage } from './support/browser';
import { picture } from './support/pictures';
import { focused, seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

describe('leaving with seats on hold', () => {
  test('asks first; staying keeps them outside, where they can be given back', async () => {
    const { concertId } = await service.evening();
    const page = await stage.page(await service.account('Mina', 5000));
    const concert = await new ConcertPage(page, concertId).open();
    await (await (await concert.enter()).toSeats()).holds(1);
    await concert.leave.click();
    await seen(focused(page), /You have seats on hold/);
    await picture(page, 'fan-leaving');
    await page.getByRole('button', { name: /the seats stay on hold/ }).click();
    await seen(concert.heading, /Join the waiting room/);
    await seen(concert.heading, /On hold for you/);
    await page.goto('/#/mine');
    await seen(page.getByText(/Only who is inside can pay/));
    await page.getByRole('link', { name: 'Pay' }).click();
    await concert.giveBackNow();
    await seen(page.getByText(/The seats are given back/));
  });
});
