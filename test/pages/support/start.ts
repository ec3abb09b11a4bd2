import startStores from '../../support/global-setup';
import { Stack } from '../../support/stack';

declare global {
  // Jest runs setup and teardown in one process but loads their modules apart.
  var pagesStack: Stack | undefined;
}

/** One web and one worker process for all stories; a story that harms its service starts one of its own. */
export default async function start(): Promise<void> {
  await startStores();
  const stack = await Stack.start({ webs: 1, workers: 1 });
  globalThis.pagesStack = stack;
  process.env['PAGES_ORIGIN'] = stack.origin();
}
