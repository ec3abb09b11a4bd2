import type { Page, Request } from 'playwright-core';

/** As Lighthouse has it: a phone far from the mast. */
const SLOW_4G = { latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };

/** From here on this page's requests go over slow 4G, and nothing comes from the cache. */
export async function onSlow4G(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await session.send('Network.emulateNetworkConditions', { offline: false, ...SLOW_4G });
}

/** Holds these requests' answers back until told: the service has done what was asked, and the page does not know. */
export async function holdBack(page: Page, url: string): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(url, async (route) => {
    const response = await route.fetch();
    await released;
    await route.fulfill({ response });
  });
  return release;
}

/** Does this after the page has sent such a request and before the service has it. */
export async function before(page: Page, url: string, work: () => Promise<unknown>): Promise<void> {
  await page.route(url, async (route) => {
    await work();
    await route.continue();
  });
}

/** The requests of a page that match, as they are sent. */
export function requestsOf(page: Page, matches: (request: Request) => boolean): Request[] {
  const sent: Request[] = [];
  page.on('request', (request) => {
    if (matches(request)) sent.push(request);
  });
  return sent;
}

/** Lets so many requests wait for each other, and go at once. */
export class Meeting {
  #missing: number;
  #open = (): void => undefined;
  readonly #all = new Promise<void>((resolve) => (this.#open = resolve));

  constructor(count: number) {
    this.#missing = count;
  }

  async arrive(): Promise<void> {
    this.#missing -= 1;
    if (this.#missing === 0) this.#open();
    await this.#all;
  }
}
