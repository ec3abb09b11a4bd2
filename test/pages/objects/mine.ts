import type { Locator, Page } from 'playwright-core';

/** What somebody has: tickets, bookings, places on waiting lists, points. */
export class MinePage {
  readonly waitingList: Locator;
  readonly leaveList: Locator;
  readonly pay: Locator;
  readonly tickets: Locator;
  readonly bookings: Locator;
  readonly purse: Locator;

  constructor(readonly page: Page) {
    const section = (name: RegExp): Locator =>
      page.locator('section').filter({ has: page.getByRole('heading', { name, level: 2 }) });
    this.waitingList = section(/^Waiting lists$/);
    this.leaveList = page.getByRole('button', { name: /^Leave the list$/ });
    this.pay = page.getByRole('button', { name: /^Pay [\d,]+ points?$/ });
    this.tickets = page.locator('.ticket .code');
    this.bookings = section(/^Bookings$/);
    this.purse = page.locator('.purse');
  }

  async payNow(): Promise<void> {
    await this.pay.click();
    await this.page.getByRole('dialog').getByRole('button', { name: /^Yes/ }).click();
  }

  async leaveListNow(): Promise<void> {
    await this.leaveList.click();
    await this.page.getByRole('dialog').getByRole('button', { name: /^Yes/ }).click();
  }

  async open(): Promise<this> {
    await this.page.goto('/#/mine');
    return this;
  }
}
