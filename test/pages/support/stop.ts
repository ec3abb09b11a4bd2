import stopStores from '../../support/global-teardown';
import { writePictureList } from './pictures';

/** @throws Error when the stories left the books wrong, or a process logged errors or did not end well */
export default async function stop(): Promise<void> {
  // The processes of tests count as no work still to do: without this one, Node would end before they have.
  const awake = setInterval(() => undefined, 1000);
  const stack = globalThis.pagesStack;
  try {
    if (stack !== undefined) {
      const violations = await stack.violations();
      await stack.stop();
      if (violations.length > 0) throw new Error(`The audit found: ${JSON.stringify(violations)}`);
    }
    await writePictureList();
  } finally {
    await stopStores();
    clearInterval(awake);
  }
}
