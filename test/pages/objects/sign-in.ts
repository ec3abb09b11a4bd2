import type { Locator, Page } from 'playwright-core';

/** Sign in, and make an account. */
export class SignInPage {
  readonly fault: Locator;

  constructor(readonly page: Page) {
    this.fault = page.locator('.fault:visible');
  }

  async open(): Promise<this> {
    await this.page.goto('/#/sign-in');
    return this;
  }

  async signIn({ email, password }: { email: string; password: string }): Promise<void> {
    await this.page.getByLabel('Email').fill(email);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: /^Sign in$/ }).click();
  }

  async signUp({ name, email, password }: { name: string; email: string; password: string }): Promise<void> {
    await this.page.getByRole('button', { name: /Make an account/ }).click();
    await this.page.getByLabel('Name').fill(name);
    await this.page.getByLabel('Email').fill(email);
    await this.tryAgain(password);
  }

  async tryAgain(password: string): Promise<void> {
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: /^Sign up$/ }).click();
  }
}
