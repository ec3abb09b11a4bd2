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

  async checkIn(code: string): Promise<void> {
    await this.page.getByLabel('Code').fill(code);
    await this.button(/^Check in$/).click();
  }
}
