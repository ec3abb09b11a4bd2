import type { Locator, Page } from 'playwright-core';
import { seen } from '../support/seen';

/** A concert's page: the door, the waiting room, and what is inside. Every name that a story presses is here. */
export class ConcertPage {
  readonly join: Locator;
  readonly heading: Locator;
  readonly alert: Locator;
  /** The number in the line. */
  readonly position: Locator;
  /** The card about the place: waiting, or the time left inside. */
  readonly place: Locator;
  readonly leave: Locator;
  readonly chooseSeats: Locator;
  readonly bestSeats: Locator;
  readonly freeSeats: Locator;
  readonly plan: Locator;
  readonly basket: Locator;
  readonly chosen: Locator;
  readonly hold: Locator;
  readonly checkout: Locator;
  readonly pay: Locator;
  readonly charge: Locator;
  readonly giveBack: Locator;
  readonly chooseAgain: Locator;
  /** Of the question that is asked before something that cannot be undone. */
  readonly yes: Locator;
  readonly tickets: Locator;
  readonly purse: Locator;
  readonly proof: Locator;
  readonly proofFacts: Locator;
  readonly code: Locator;
  readonly joinWaitingList: Locator;
  /** The one seat that the Tab key reaches. */
  readonly tabStop: Locator;

  constructor(
    readonly page: Page,
    readonly concertId: string,
  ) {
    const button = (name: RegExp): Locator => page.getByRole('button', { name });
    this.join = button(/^Join the waiting room$/);
    this.heading = page.getByRole('heading');
    this.alert = page.getByRole('alert');
    this.position = page.locator('.position');
    this.place = page.locator('.place');
    this.leave = button(/^(Leave|Give up my place)$/);
    this.chooseSeats = button(/^Choose seats:/);
    this.bestSeats = button(/^Hold the best seats$/);
    this.freeSeats = page.getByRole('button', { name: /^.+, row .+, seat \d+:.*\bfree$/ });
    this.plan = page.locator('.plan');
    this.basket = page.locator('.basket');
    this.chosen = page.locator('.basket').getByRole('status');
    this.hold = button(/^Hold these seats$/);
    this.checkout = page.locator('.checkout');
    this.pay = button(/^Pay [\d,]+ points?$/);
    this.charge = button(/^Charge points$/);
    this.giveBack = button(/^Give the seats back$/);
    this.chooseAgain = button(/^Choose seats again$/);
    this.yes = page.getByRole('dialog').getByRole('button', { name: /^Yes/ });
    this.tickets = page.locator('.ticket .code');
    this.purse = page.locator('.purse');
    this.proof = page.getByText('How this draw can be checked');
    this.proofFacts = page.locator('details', { has: this.proof }).locator('dl');
    this.code = page.getByLabel('Your code');
    this.joinWaitingList = button(/^Join the waiting list:/);
    this.tabStop = page.locator('.grid .seat[tabindex="0"]');
  }

  async open(): Promise<this> {
    await this.page.goto(`/#/concerts/${this.concertId}`);
    return this;
  }

  /** Through the waiting room. */
  async enter(): Promise<this> {
    await this.join.click();
    await seen(this.heading, /^You are in/);
    return this;
  }

  async joinWith(code: string): Promise<void> {
    await this.code.fill(code);
    await this.page.getByRole('button', { name: /^Join with this code$/ }).click();
  }

  /** To the plan of the only date. */
  async toSeats(): Promise<this> {
    await this.chooseSeats.first().click();
    await seen(this.freeSeats);
    return this;
  }

  /** By its number in the section, in the first row that has it. */
  seat(number: number): Locator {
    return this.page.getByRole('button', { name: new RegExp(`, seat ${number}:`) }).first();
  }

  /** A seat by what it says of itself. */
  named(words: RegExp): Locator {
    return this.page.getByRole('button', { name: words }).first();
  }

  async choose(...numbers: number[]): Promise<this> {
    for (const number of numbers) await this.seat(number).click();
    return this;
  }

  /** Presses a seat that says of itself that it is taken: the page answers all the same. */
  async press(number: number): Promise<void> {
    await this.seat(number).click({ force: true });
  }

  /** Chooses, holds, and is at the checkout. */
  async holds(...numbers: number[]): Promise<this> {
    await this.choose(...numbers);
    await this.hold.click();
    await seen(this.heading, /^On hold for you$/);
    return this;
  }

  async payNow(): Promise<void> {
    await this.pay.click();
    await this.yes.click();
  }

  async giveBackNow(): Promise<void> {
    await this.giveBack.click();
    await this.yes.click();
  }

  /** How many: the choice beside the best seats, or that of a section without seats. */
  async amount(count: number, within: Page | Locator = this.page): Promise<void> {
    await within
      .getByRole('radio', { name: String(count), exact: true })
      .first()
      .check();
  }
}
