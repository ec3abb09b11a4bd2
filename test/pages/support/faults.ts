import type { CDPSession, Page } from 'playwright-core';

/** What no answer may weigh on the wire, in bytes: a fan is on a phone, in a crowd. */
const HEAVIEST_BYTES = 60_000;
/** Swagger UI is one file of that size; whoever opens /docs is no fan in a hurry. */
const MAY_BE_HEAVY = /\/docs\/swagger-ui/;
/** Chromium's own line for every answer of 400 and above. The page asks what may be refused: whether one has a place, say. */
const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/;
/** Said while a story breaks the line or the service, where it has announced that. */
const BROKEN = /^Failed to load resource: (net::ERR_|the server responded with a status of 5\d\d)/;

/** What the pages of one browser did that no page may do. */
export class Faults {
  readonly #found: string[] = [];
  #isBroken = false;

  constructor(readonly origin: string) {}

  /** From here on requests fail because the story breaks the line or the service. */
  expectBrokenLines(): void {
    this.#isBroken = true;
  }

  /** All since the last call. */
  take(): string[] {
    this.#isBroken = false;
    return this.#found.splice(0);
  }

  watch(page: Page): void {
    page.on('pageerror', (error) => this.#add(page, `threw ${String(error)}`));
    // The security policy's refusals are errors of the console too.
    page.on('console', (message) => {
      const text = message.text();
      const isExpected = REFUSED.test(text) || (this.#isBroken && BROKEN.test(text));
      if (message.type() === 'error' && !isExpected) this.#add(page, `said ${text}`);
    });
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== 'data:' && protocol !== 'blob:' && origin !== this.origin)
        this.#add(page, `asked another host: ${request.url()}`);
    });
  }

  /** Also weighs what arrives, compressed as it is: Playwright itself tells the bytes of finished answers only. */
  async weigh(session: CDPSession): Promise<void> {
    const addresses = new Map<string, string>();
    const bytes = new Map<string, number>();
    const streams = new Set<string>();
    const add = (id: string, more: number): void => {
      const now = (bytes.get(id) ?? 0) + more;
      const address = addresses.get(id) ?? '';
      bytes.set(id, now);
      // A stream is no answer that somebody waits for the end of.
      if (streams.has(id)) return;
      if (now > HEAVIEST_BYTES && now - more <= HEAVIEST_BYTES && !MAY_BE_HEAVY.test(address))
        this.#found.push(`${address} weighs more than ${HEAVIEST_BYTES} bytes`);
    };
    session.on('Network.responseReceived', ({ requestId, response }) => {
      addresses.set(requestId, response.url);
      if (response.mimeType === 'text/event-stream') streams.add(requestId);
      add(requestId, response.encodedDataLength);
    });
    session.on('Network.dataReceived', ({ requestId, encodedDataLength }) =>
      add(requestId, encodedDataLength),
    );
    await session.send('Network.enable');
  }

  #add(page: Page, what: string): void {
    this.#found.push(`${page.url()} ${what}`);
  }
}
