import { describe, test } from '@jest/globals';
import { hoursFromNow } from '../support/times';
import { ConcertPage } from './objects/concert';
import { MinePage } from './objects/mine';
import { SignInPage } from './objects/sign-in';
import { useStage } from './support/browser';
import { inspect } from './support/inspect';
import { picture } from './support/pictures';
import { seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

/** In front of a room, not in it yet. */
async function atDoor(queue: object = {}, points = 0): Promise<ConcertPage> {
  const { concertId } = await service.evening({ queue });
  const concert = new ConcertPage(await stage.page(await service.account('Mina', points)), concertId);
  await concert.open();
  await seen(concert.join);
  return concert;
}

describe('axe finds nothing, and nothing is wider than the screen', () => {
  test('for who is not signed in: the concerts, signing in, making an account', async () => {
    await service.evening();
    const page = await stage.page(null);
    await page.goto('/');
    await seen(page.getByRole('link', { name: /Get tickets/ }));
    await inspect(page, 'the concerts');
    await picture(page, 'fan-concerts');
    const door = await new SignInPage(page).open();
    await inspect(page, 'signing in');
    await door.signUp({ name: 'M', email: 'no address', password: 'short' });
    await inspect(page, 'making an account, with faults');
  });

  test('before the opening: arrival, draw, presale', async () => {
    const opensAt = hoursFromNow(1);
    const arrival = await atDoor({ opensAt, message: 'Doors at seven.' });
    await inspect(arrival.page, 'the door');
    await arrival.join.click();
    await seen(arrival.place, /Booking opens/);
    await inspect(arrival.page, 'before the opening');
    const draw = await atDoor({ opensAt, order: 'draw' });
    await draw.join.click();
    await draw.proof.click();
    await seen(draw.proofFacts, /Committed to/);
    await inspect(draw.page, 'before a draw');
  });

  test('waiting, and paused', async () => {
    const waiting = await atDoor({ maxActive: 0 });
    await waiting.join.click();
    await seen(waiting.position, /^1$/);
    await inspect(waiting.page, 'waiting');
    await service.steer(waiting.concertId, { paused: true, message: 'We are back in ten minutes.' });
    await seen(waiting.place, /paused/);
    await inspect(waiting.page, 'paused');
    await picture(waiting.page, 'fan-paused');
  });

  test('inside: dates, the plan, the checkout, leaving, tickets', async () => {
    const concert = await atDoor({}, 1000);
    const { page } = concert;
    await concert.enter();
    await seen(concert.chooseSeats);
    await inspect(page, 'dates');
    await concert.toSeats();
    await concert.choose(1, 2);
    await inspect(page, 'the plan');
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture(page, 'fan-seats-dark');
    await concert.hold.click();
    await seen(concert.charge);
    await inspect(page, 'the checkout');
    await concert.leave.click();
    await seen(concert.heading, /You have seats on hold/);
    await inspect(page, 'leaving');
    await concert.charge.click();
    await seen(concert.purse, /^2,000/);
    await concert.payNow();
    await seen(concert.heading, /^Your tickets$/);
    await inspect(page, 'tickets');
    const mine = await new MinePage(page).open();
    await seen(mine.bookings, /Paid/);
    await inspect(page, 'my things');
  });

  test('sold out, and on the waiting list', async () => {
    const concert = await atDoor();
    const rival = await service.inside(concert.concertId);
    const scheduleId = await service.date(concert.concertId, {
      sections: [{ name: 'Box', rows: 1, seatsPerRow: 1, price: 1000 }],
    });
    await rival.held(scheduleId, [1]);
    await concert.page.reload();
    await seen(concert.joinWaitingList);
    await inspect(concert.page, 'sold out');
    await concert.joinWaitingList.click();
    await seen(concert.alert, /on the waiting list/);
    const mine = await new MinePage(concert.page).open();
    await seen(mine.waitingList, /You are next/);
    await inspect(concert.page, 'on the waiting list');
  });
});
