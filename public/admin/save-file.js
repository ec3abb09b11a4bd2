import { send } from '../js/api.js';
import { h } from '../js/dom.js';

/** Saves what the service gives as a file: a plain link would go without saying who asks. */
export async function saveFile(path, name) {
  const blob = await (await send('GET', path)).blob();
  const address = URL.createObjectURL(blob);
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
