import type { Locator, Page } from 'playwright-core';
import { gone, seen } from '../support/seen';

/** The operators' desk: what all of its pages share, and the presses of each. */
export class DeskPage {
  readonly nav: Locator;
  readonly dialog: Locator;
  /** What an act has brought about, at the foot of the window. */
  readonly effect: Locator;
  /** The line over all pages that says whether the service answers. */
  readonly service: Locator;
  /** The large yes or no of the door. */
  readonly verdict: Locator;
  readonly scans: Locator;

  constructor(readonly page: Page) {
    this.nav = page.getByRole('navigation', { name: 'Desk' }).getByRole('link');
    this.dialog = page.getByRole('dialog');
    this.effect = page.locator('.effect');
    this.service = page.locator('#service');
    this.verdict = page.locator('.verdict');
    this.scans = page.locator('.scans li');
  }

  /** @param at one of its pages: `tonight`, `door`, `dates/12` */
  async open(at = ''): Promise<this> {
    await this.page.goto(`/admin#/${at}`);
    await seen(this.page.getByRole('heading', { level: 1 }));
    return this;
  }

  button(name: RegExp, within: Page | Locator = this.page): Locator {
    return within.getByRole('button', { name });
  }

  /** One room on the page Tonight. */
  room(title: string): Locator {
    return this.page.getByRole('region', { name: new RegExp(`^${title} no\\. \\d+$`) });
  }

  /** Says yes to what is asked, by the name of the act. */
  async confirm(act: RegExp): Promise<void> {
    await this.button(act, this.dialog).click();
    await gone(this.dialog);
  }

  async message(room: Locator, text: string): Promise<void> {
    await room.getByText('Message to waiters').click();
    await room.getByLabel('Message to everybody in the room').fill(text);
    await this.button(/^Show the message$/, room).click();
  }

  /** A chair of a date's map, by what is printed on it. */
  chair(printed: number | string): Locator {
    return this.page
      .locator('.chair')
      .filter({ hasText: new RegExp(`^${printed}$`) })
      .first();
  }

  async takeOutOfSale(...printed: number[]): Promise<void> {
    for (const each of printed) await this.chair(each).click();
    await this.button(/^Take out of sale$/).click();
    await this.confirm(/^Take out of sale$/);
    await seen(this.effect, /Out of sale/);
  }

  /** Chooses a file for the date that is being added. */
  async choosePlan(buffer: Buffer): Promise<void> {
    await this.page.getByLabel('Seat by seat, from a CSV file').check();
    await this.page
      .getByLabel(/A CSV file/)
      .setInputFiles({ name: 'plan.csv', mimeType: 'text/csv', buffer });
  }

  /** Somebody, on the page of the fans. */
  async find(what: string): Promise<void> {
    await this.page.getByLabel(/^E-mail, booking/).fill(what);
    await this.button(/^Search$/).click();
  }

  async checkIn(code: string): Promise<void> {
    await this.page.getByLabel('Code').fill(code);
    await this.button(/^Check in$/).click();
  }
}
