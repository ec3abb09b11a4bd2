import type { Locator, Page } from 'playwright-core';
import { until } from '../../support/until';

/** Waits until this can be seen, with this text if one is given. @throws Error naming what was waited for */
export async function seen(locator: Locator, text?: RegExp): Promise<void> {
  await (text === undefined ? locator : locator.filter({ hasText: text })).first().waitFor();
}

/** Waits until none of it can be seen. */
export async function gone(locator: Locator): Promise<void> {
  await until(
    `gone: ${String(locator)}`,
    async () => locator.filter({ visible: true }).count(),
    (left) => left === 0,
  );
}

export const focused = (page: Page): Locator => page.locator('*:focus');
