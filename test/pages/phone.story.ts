import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ConcertPage } from './objects/concert';
import { SignInPage } from './objects/sign-in';
import { PHONE, useStage } from './support/browser';
import { picture } from './support/pictures';
import { focused, seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);
const ROWS = 12;

/** Whether the focused seat can be seen: not under the basket, not beyond the edges. */
async function seatIsInSight(page: Page, concert: ConcertPage): Promise<boolean> {
  const [seat, basket] = await Promise.all([focused(page).boundingBox(), concert.basket.boundingBox()]);
  if (seat === null || basket === null) throw new Error('nothing is focused, or there is no basket');
  return seat.y >= 0 && seat.y + seat.height <= basket.y && seat.x >= 0 && seat.x + seat.width <= PHONE.width;
}

describe('on a phone, by keys', () => {
  test('the focused seat is never under the basket', async () => {
    const sections = ['Stalls', 'Balcony'].map((name) => ({
      name,
      rows: ROWS,
      seatsPerRow: 24,
      price: 1000,
    }));
    const { concertId } = await service.evening({}, { sections });
    const page = await stage.page(null, { viewport: PHONE });
    const { email } = (await service.account('Jun')).signedIn.user;
    await (await new SignInPage(page).open()).signIn({ email, password: Service.password });
    await seen(page.getByRole('heading', { name: /Concerts/ }));
    const concert = await new ConcertPage(page, concertId).open();
    await (await concert.enter()).toSeats();
    await concert.tabStop.focus();
    const hidden: string[] = [];
    const step = async (key: string): Promise<void> => {
      await page.keyboard.press(key);
      const name = await focused(page).getAttribute('aria-label');
      if (!(await seatIsInSight(page, concert))) hidden.push(`${key}: ${name}`);
    };
    for (let row = 1; row < 2 * ROWS; row += 1) {
      await step('ArrowDown');
      if (row % 8 === 0) await step('Enter');
    }
    await picture(page, 'fan-seats-phone');
    await step('End');
    for (let row = 1; row < 2 * ROWS; row += 1) await step('ArrowUp');
    expect(hidden).toEqual([]);
    await concert.hold.click();
    await seen(focused(page), /On hold for you/);
  });
});
