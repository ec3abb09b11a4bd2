// The desk's real modules in jsdom, before a service that answers as each test writes it.
import { document, json, pass, sent, service, session, show } from '../views/page.mjs';

export * from '../views/page.mjs';

const { HTMLDialogElement } = /** @type {any} */ (globalThis.window);
/** jsdom has the element without what it does. */
Object.assign(HTMLDialogElement.prototype, {
  /** @this {any} */
  showModal() {
    this.open = true;
    this.addEventListener('keydown', (/** @type {any} */ { key }) => key === 'Escape' && this.close());
  },
  /** @this {any} @param {string} [returnValue] */
  close(returnValue) {
    if (!this.open) return;
    this.open = false;
    if (returnValue !== undefined) this.returnValue = returnValue;
    this.dispatchEvent(new globalThis.window.Event('close'));
  },
});

/** @param {string} role */
export const staffOf = (role) => ({ id: 'u9', name: 'Ada', email: 'ada@example.com', role });

/** Nothing has happened yet, and somebody of this role is signed in. What runs by the clock goes on. */
export function signedIn(role = 'operator') {
  service.clear();
  sent.length = 0;
  session.signOut();
  const user = staffOf(role);
  service.set('GET /api/users/me', json(200, { user }));
  service.set('GET /readyz', json(200, { status: 'ready', parts: {} }));
  session.signIn({ user, accessToken: 'a' });
}

/** Shows a page of the desk as the shell does. @returns what ends it @param {Function} page @param {object} [params] */
export function open(page, params = {}, role = 'operator') {
  /** @param {HTMLElement} root @param {object} props @param {AbortSignal} signal */
  const view = (root, props, signal) =>
    void page(root, { ...props, signal, staff: staffOf(role), name: () => undefined });
  return show(view, { params });
}

export const dialog = () => document.querySelector('dialog');

/** Presses a button of what is asked. @param {RegExp} name */
export async function answer(name) {
  const found = [...(dialog()?.querySelectorAll('button') ?? [])].find((each) =>
    name.test(each.textContent ?? ''),
  );
  if (found === undefined) throw new Error(`no ${name} in: ${dialog()?.textContent}`);
  found.focus();
  found.click();
  await pass();
}

/** The control of a label. @param {RegExp} label @returns {any} */
export function input(label) {
  const found = [...document.querySelectorAll('label')].find((each) => label.test(each.textContent ?? ''));
  if (found === undefined) throw new Error(`no label ${label}`);
  return found.querySelector('input, select, textarea') ?? document.getElementById(found.htmlFor);
}
