import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { ScheduleMade } from '../support/contract';
import { send } from '../support/http';
import { type House, Stack } from '../support/stack';
import { hoursFromNow } from '../support/times';

const ARGS = '--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run'; // prettier-ignore
const PHONE = { width: 375, height: 667 };
const EMAIL = 'walker@example.com';
const PASSWORD = 'correct horse';
/** How late the service's answer to a payment arrives: long after the room's stream has told the end of the admission. */
const PAYMENT_LATE_MS = 1500;

let stack: Stack;
let browser: Browser;
let desktop: BrowserContext;
let concertId: string;
let scheduleId: string;
/** What the browser refused or the page threw. */
const faults: string[] = [];

beforeAll(async () => {
  [stack, browser] = await Promise.all([
    Stack.start({ webs: 1, workers: 1 }),
    chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? '', args: ARGS.split(' ') }),
  ]);
  ({ concertId, scheduleId } = await hall());
  desktop = await visitor({ width: 1280, height: 800 });
});

afterAll(async () => {
  await browser.close();
  await stack.stop();
});

/** A concert with a date whose seats do not fit on any screen. */
async function hall(): Promise<House> {
  const concertId = await stack.concert({ title: 'A long evening', description: 'In a deep hall.' });
  const sections = ['Stalls', 'Balcony'].map((name) => ({ name, rows: 20, seatsPerRow: 24, price: 1000 }));
  const floor = { name: 'Floor', rows: 1, seatsPerRow: 50, price: 1000, standing: true };
  const made = await send(stack.origin(), 'POST', `/api/admin/concerts/${concertId}/schedules`, {
    token: await stack.operatorToken(),
    body: {
      bookingStartAt: hoursFromNow(-1),
      bookingEndAt: hoursFromNow(48),
      startAt: hoursFromNow(72),
      endAt: hoursFromNow(75),
      sections: [...sections, floor],
    },
  });
  return { concertId, scheduleId: made.as(ScheduleMade, 201).schedule.id };
}

async function visitor(viewport: { width: number; height: number }): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport, baseURL: stack.origin() });
  context.on('page', (page) => {
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy|went wrong/i.test(message.text())) faults.push(message.text());
    });
  });
  return context;
}

const toConcert = (page: Page) => page.goto(`/#/concerts/${concertId}`);
const named = (page: Page, name: RegExp) => page.getByRole('button', { name });
const focused = (page: Page): Locator => page.locator('*:focus');
const textIn = async (locator: Locator, text: RegExp): Promise<void> =>
  locator.filter({ hasText: text }).first().waitFor();

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

async function signIn(page: Page): Promise<void> {
  await page.goto('/#/sign-in');
  await page.getByLabel('Email').fill(EMAIL);
  await page.getByLabel('Password').fill(PASSWORD);
  await named(page, /^Sign in$/).click();
  await textIn(page.locator('h1'), /Concerts/);
}

/** To the plan of the only date. */
async function toSeats(page: Page): Promise<void> {
  await named(page, /Choose seats/)
    .first()
    .click();
  await page.locator('.grid .seat[tabindex="0"]').waitFor();
}

/** Whether the focused seat can be seen: not under the basket, not beyond the edges. */
async function seatIsInSight(page: Page): Promise<boolean> {
  const [seat, basket] = await Promise.all([
    focused(page).boundingBox(),
    page.locator('.basket').boundingBox(),
  ]);
  if (seat === null || basket === null) throw new Error('nothing is focused, or there is no basket');
  const { width } = page.viewportSize() ?? { width: 0 };
  return seat.y >= 0 && seat.y + seat.height <= basket.y && seat.x >= 0 && seat.x + seat.width <= width;
}

describe('a visit in a real browser', () => {
  let page: Page;
  let second: Page;

  test('signing up says what is wrong at the field, then signs up', async () => {
    page = await desktop.newPage();
    await page.goto('/#/sign-in');
    await named(page, /Make an account/).click();
    await page.getByLabel('Name').fill('Walker');
    await page.getByLabel('Email').fill(EMAIL);
    await page.getByLabel('Password').fill('short');
    await named(page, /Sign up/).click();
    await textIn(page.locator('.fault:visible'), /8 characters at least/);
    expect(await focused(page).getAttribute('name')).toBe('password');
    expect(await focused(page).getAttribute('aria-invalid')).toBe('true');
    await picture(page, 'desktop-sign-up');
    await page.getByLabel('Password').fill(PASSWORD);
    await named(page, /Sign up/).click();
    await textIn(focused(page), /Concerts/);
  });

  test('joining, choosing and holding: the focus goes where reading goes on', async () => {
    await toConcert(page);
    await named(page, /Join the waiting room/).click();
    await textIn(focused(page), /Your place|You are in/);
    await toSeats(page);
    const other = await stack.admitted(concertId);
    await other.held(scheduleId, [30]);
    await page.locator(`[data-id="${scheduleId}-30"][data-state="held"]`).waitFor();
    await page.locator('.grid .seat').nth(0).click();
    await page.locator('.grid .seat').nth(1).click();
    await picture(page, 'desktop-seats');
    await named(page, /Hold these seats/).click();
    await textIn(focused(page), /On hold for you/);
  });

  test('a second tab is signed in and inside already', async () => {
    second = await desktop.newPage();
    await toConcert(second);
    await textIn(second.locator('h2'), /You are in/);
    await textIn(second.locator('h2'), /On hold for you/);
    await page.bringToFront(); // Browsers slow down what nobody looks at.
  });

  test('"not enough points" goes with the charge', async () => {
    await named(page, /^Pay /).click();
    await textIn(page.locator('.notice.bad'), /Not enough points/);
    await picture(page, 'desktop-not-enough');
    await named(page, /Charge points/).click();
    await textIn(page.locator('.checkout p'), /Your balance: 2,000 points/);
    expect(await page.locator('.notice.bad').count()).toBe(0);
    await textIn(focused(page), /Pay 2,000 points/);
  });

  test('a payment whose answer comes late leads to the tickets', async () => {
    await page.route('**/pay', async (route) => {
      const response = await route.fetch();
      await sleep(PAYMENT_LATE_MS);
      await route.fulfill({ response });
    });
    await focused(page).press('Enter');
    await sleep(PAYMENT_LATE_MS / 2);
    expect(await page.getByText('Your time inside is over').count()).toBe(0);
    await textIn(focused(page), /Your tickets/);
    expect(await page.locator('.ticket .code').count()).toBe(2);
    await textIn(page.locator('.purse'), /^0 points/);
    await picture(page, 'desktop-tickets');
    await textIn(second.locator('h2'), /Your tickets/);
    await textIn(second.locator('.purse'), /^0 points/);
  });

  test('leaving with seats on hold asks first; staying keeps them', async () => {
    await named(page, /Join again/).click();
    await named(page, /Join the waiting room/).click();
    await toSeats(page);
    await page.locator('.grid .seat[data-state="available"]').first().click();
    await named(page, /Hold these seats/).click();
    await textIn(page.locator('h2'), /On hold for you/);
    await named(page, /^Leave$/).click();
    await textIn(focused(page), /You have seats on hold/);
    await picture(page, 'desktop-leaving');
    await named(page, /the seats stay on hold/).click();
    await textIn(page.locator('h2'), /Join the waiting room/);
    await textIn(page.locator('h3'), /On hold for you/);
    await picture(page, 'desktop-outside-with-hold');
    await page.goto('/#/mine');
    await textIn(page.locator('.card p'), /Only who is inside can pay/);
    await page.getByRole('link', { name: 'Pay' }).click();
    await named(page, /Give the seats back/).click();
    await textIn(page.locator('.notice p'), /The seats are given back/);
  });

  test('how many, best seats, pay: three presses, and the money for it', async () => {
    await toConcert(page);
    await named(page, /Join the waiting room/).click();
    await page.getByRole('radio', { name: '1', exact: true }).check();
    await picture(page, 'desktop-best-seats');
    await named(page, /Hold the best seats/).click();
    await textIn(focused(page), /On hold for you/);
    await named(page, /Charge points/).click();
    await textIn(page.locator('.checkout p'), /Your balance: 1,000 points/);
    await page.unroute('**/pay');
    await named(page, /^Pay /).click();
    await textIn(focused(page), /Your ticket/);
    expect(await page.locator('.ticket .code').count()).toBe(1);
  });

  test('a section without seats gives places, and says how many are left', async () => {
    await named(page, /Join again/).click();
    await named(page, /Join the waiting room/).click();
    await toSeats(page);
    const floor = page.locator('.standing');
    await textIn(floor, /50 of 50 places free/);
    await floor.scrollIntoViewIfNeeded();
    await picture(page, 'desktop-standing');
    await floor.getByRole('radio', { name: '1', exact: true }).check();
    await named(page, /Take places in Floor/).click();
    await textIn(focused(page), /On hold for you/);
    await textIn(page.locator('.checkout'), /Floor/);
    await named(page, /Give the seats back/).click();
    await textIn(page.locator('.standing'), /50 of 50 places free/);
    await named(page, /^Leave$/).click();
    await textIn(page.locator('h2'), /Join the waiting room/);
  });

  test('a reload while the service is away says so, and recovers by itself', async () => {
    await page.route('**/api/**', (route) => route.abort());
    await page.reload();
    await textIn(page.locator('.notice'), /keeps trying by itself/);
    await picture(page, 'desktop-away');
    await page.unroute('**/api/**');
    await textIn(page.locator('h2'), /Join the waiting room/);
  });

  test('signing out in one tab signs out in the other', async () => {
    await second.reload();
    await named(second, /Join the waiting room/).waitFor();
    await named(page, /Sign out/).click();
    await textIn(second.locator('h1'), /Sign in/);
    await second.close();
  });

  test('on a phone the focused seat is never under the basket', async () => {
    const phone = await visitor(PHONE);
    const small = await phone.newPage();
    await signIn(small);
    await toConcert(small);
    await named(small, /Join the waiting room/).click();
    await toSeats(small);
    await small.locator('.grid .seat[tabindex="0"]').focus();
    const hidden: string[] = [];
    const step = async (key: string): Promise<void> => {
      await small.keyboard.press(key);
      if (!(await seatIsInSight(small)))
        hidden.push(`${key}: ${await focused(small).getAttribute('aria-label')}`);
    };
    for (let row = 0; row < 39; row += 1) {
      await step('ArrowDown');
      if (row % 10 === 9) await step('Enter');
    }
    await picture(small, 'phone-seats');
    await step('End');
    for (let row = 0; row < 39; row += 1) await step('ArrowUp');
    expect(hidden).toEqual([]);
    await named(small, /Hold these seats/).click();
    await textIn(focused(small), /On hold for you/);
    await picture(small, 'phone-checkout');
    await phone.close();
  });

  test('nothing was refused by the security policy or thrown by the page', () => {
    expect(faults).toEqual([]);
  });
});
