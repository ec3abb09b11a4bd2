import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { DESKTOP, PHONE } from './browser';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
// Every rule that axe has on by itself, and one that it leaves off: what is pressed with a thumb has to be large enough.
const RUN = `axe.run({ rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'] })
  .then(({ violations }) => violations.map(({ id, help, nodes }) =>
    ({ id, help, at: nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary) })))`;
const Violations = z.array(z.object({ id: z.string(), help: z.string(), at: z.array(z.string()) }));

const LOOKS = [
  { name: 'light, desktop', viewport: DESKTOP, colorScheme: 'light' },
  { name: 'dark, desktop', viewport: DESKTOP, colorScheme: 'dark' },
  { name: 'light, phone', viewport: PHONE, colorScheme: 'light' },
  { name: 'dark, phone', viewport: PHONE, colorScheme: 'dark' },
] as const;
/** 1280 pixels at 200 % and at 400 %, which is as narrow as pages have to be usable; and the phone. */
const WIDTHS = [640, PHONE.width, 320];

/** Looks at what is on the page now: axe finds nothing in any colours and width, and nothing is wider than the screen. */
export async function inspect(page: Page, what: string): Promise<void> {
  const found: unknown[] = [];
  await page.evaluate(AXE);
  for (const { name, viewport, colorScheme } of LOOKS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    const violations = Violations.parse(await page.evaluate(RUN));
    found.push(...violations.map((violation) => ({ what, in: name, ...violation })));
  }
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 600 });
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    if (wide > width)
      found.push({ what, at: `${width} pixels`, scrollsTo: wide, because: await widest(page) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESKTOP);
  expect(found).toEqual([]);
}

/** What sticks out, for people. */
async function widest(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll('body *')]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.parentElement.closest('.scroll, nav'))
    .slice(0, 3).map((each) => each.cloneNode(false).outerHTML.slice(0, 150))`);
}
