import { send } from '../../js/api.js';
import { h } from '../../js/dom.js';

const KEPT_MS = 60_000;

/** Saves what only who is signed in may have: a plain link would ask without saying who it is. */
export async function download(path, fileName, { signal } = {}) {
  const response = await send('GET', path, { signal });
  const address = URL.createObjectURL(await response.blob());
  const link = h('a', { href: address, download: fileName, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser may still be reading it.
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
