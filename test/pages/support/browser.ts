import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { Faults } from './faults';
import type { Account, Service } from './service';

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
const ARGS = [
  '--no-sandbox', // Containers of build machines do not allow one.
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Text on pictures is the same on every machine.
  '--font-render-hinting=none',
  '--force-color-profile=srgb',
];
const PATIENCE_MS = 15_000;

export interface Looks {
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  locale?: string;
  /** false: the page's own animations run. */
  isStill?: boolean;
}

/** The browser of one story file. Whatever a page does that no page may do fails the test in which it does it. */
export class Stage {
  #browser: Browser | undefined;
  #contexts: BrowserContext[] = [];
  #faults: Faults | undefined;
  readonly #serviceOf: () => Service;

  constructor(serviceOf: () => Service) {
    this.#serviceOf = serviceOf;
  }

  get faults(): Faults {
    if (this.#faults === undefined) throw new Error('The browser has not been started');
    return this.#faults;
  }

  async open(): Promise<void> {
    this.#faults = new Faults(this.#serviceOf().origin);
    const { CHROMIUM_PATH: executablePath = '', CHROMIUM_LIBRARIES: libraries, ...env } = process.env;
    this.#browser = await chromium.launch({
      executablePath,
      args: ARGS,
      env: libraries ? { ...env, LD_LIBRARY_PATH: libraries } : env,
    });
  }

  /** A browser of somebody's own, signed in if this is an account. */
  async visitor(account: Account | null, looks: Looks = {}): Promise<BrowserContext> {
    if (this.#browser === undefined) throw new Error('The browser has not been started');
    const { viewport = DESKTOP, colorScheme = 'light', locale = 'en-US', isStill = true } = looks;
    const { origin } = this.#serviceOf();
    const context = await this.#browser.newContext({
      viewport,
      colorScheme,
      locale,
      timezoneId: 'Asia/Seoul',
      baseURL: origin,
      reducedMotion: isStill ? 'reduce' : 'no-preference',
      storageState: {
        cookies: [],
        origins: account === null ? [] : [{ origin, localStorage: session(account) }],
      },
    });
    context.setDefaultTimeout(PATIENCE_MS);
    context.on('page', (page) => this.faults.watch(page));
    this.#contexts.push(context);
    return context;
  }

  /** A page of a new visitor. */
  async page(account: Account | null, looks?: Looks): Promise<Page> {
    return this.tab(await this.visitor(account, looks));
  }

  /** One more page of the same visitor. */
  async tab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await this.faults.weigh(await context.newCDPSession(page));
    return page;
  }

  async closeVisitors(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map(async (context) => context.close()));
  }

  async close(): Promise<void> {
    await this.#browser?.close();
  }
}

/** As the page itself keeps it, in every tab and through reloads. */
function session({ signedIn: { user, accessToken } }: Account): { name: string; value: string }[] {
  const value = JSON.stringify({ user, accessToken, ownerId: user.id, queueTokens: {} });
  return [{ name: 'frontrow.session', value }];
}

/** A browser for the stories of this file. Visitors of a test are gone after it. */
export function useStage(serviceOf: () => Service): Stage {
  const stage = new Stage(serviceOf);
  beforeAll(async () => stage.open());
  afterEach(async () => {
    await stage.closeVisitors();
    expect(stage.faults.take()).toEqual([]);
  });
  afterAll(async () => stage.close());
  return stage;
}
