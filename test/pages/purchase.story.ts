import { beforeAll, describe, expect, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { SignInPage } from './objects/sign-in';
import { useStage } from './support/browser';
import { picture } from './support/pictures';
import { focused, gone, seen } from './support/seen';
import { type Evening, Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);
let evening: Evening;

beforeAll(async () => {
  const floor = { name: 'Floor', rows: 1, seatsPerRow: 50, price: 1000, standing: true };
  const seats = ['Stalls', 'Balcony'].map((name) => ({ name, rows: 8, seatsPerRow: 20, price: 1000 }));
  evening = await service.evening({}, { sections: [...seats, floor] });
});

describe('a purchase', () => {
  test('signing up says what is wrong at the field; joining, holding, charging and paying lead the focus on', async () => {
    const page = await stage.page(null);
    const door = await new SignInPage(page).open();
    const email = `walker.${Date.now()}@example.com`;
    await door.signUp({ name: 'Walker', email, password: 'short' });
    await seen(door.fault, /8 characters at least/);
    expect(await focused(page).getAttribute('name')).toBe('password');
    expect(await focused(page).getAttribute('aria-invalid')).toBe('true');
    await picture(page, 'fan-sign-up');
    await door.tryAgain('correct horse');
    await seen(focused(page), /Concerts/);

    const concert = await new ConcertPage(page, evening.concertId).open();
    await concert.join.click();
    await seen(focused(page), /Your place|You are in/);
    const rival = await service.inside(evening.concertId);
    await rival.held(evening.scheduleId, [5, 6]);
    await concert.toSeats();
    await concert.choose(1, 2);
    await picture(page, 'fan-seats');
    await concert.hold.click();
    await seen(focused(page), /On hold for you/);

    await concert.payNow();
    await seen(concert.alert, /Not enough points/);
    await picture(page, 'fan-not-enough');
    await concert.charge.click();
    await seen(concert.checkout, /Your balance: 2,000 points/);
    await gone(concert.alert.filter({ hasText: /Not enough points/ }));
    await seen(focused(page), /Pay 2,000 points/);
    await focused(page).press('Enter');
    await seen(page.getByRole('dialog'), /Pay 2,000 points for these seats/);
    await concert.yes.press('Enter');
    await seen(focused(page), /Your tickets/);
    expect(await concert.tickets.count()).toBe(2);
    await seen(concert.purse, /^0 points/);
    await picture(page, 'fan-tickets');
  });

  test('how many, best seats, pay: three presses, and the money for it', async () => {
    const page = await stage.page(await service.account('Jun'));
    const concert = await new ConcertPage(page, evening.concertId).open();
    await concert.enter();
    await concert.amount(1);
    await picture(page, 'fan-best-seats');
    await concert.bestSeats.click();
    await seen(focused(page), /On hold for you/);
    await concert.charge.click();
    await seen(concert.checkout, /Your balance: 1,000 points/);
    await concert.payNow();
    await seen(focused(page), /Your ticket/);
    expect(await concert.tickets.count()).toBe(1);
  });

  test('a section without seats gives places, and says how many are left', async () => {
    const page = await stage.page(await service.account('Sora'));
    const concert = await new ConcertPage(page, evening.concertId).open();
    await (await concert.enter()).toSeats();
    const floor = page.getByRole('region', { name: 'Section Floor' });
    await seen(floor, /50 of 50 places free/);
    await floor.scrollIntoViewIfNeeded();
    await picture(page, 'fan-standing');
    await concert.amount(1, floor);
    await page.getByRole('button', { name: 'Take places in Floor' }).click();
    await seen(focused(page), /On hold for you/);
    await seen(concert.checkout, /Floor/);
    await concert.giveBackNow();
    await seen(floor, /50 of 50 places free/);
  });
});
