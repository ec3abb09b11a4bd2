// The whole desk in jsdom before a real service, as a new operator uses it. ORIGIN, EMAIL and PASSWORD say where and as whom.
import assert from 'node:assert/strict';
import { JSDOM } from 'jsdom';

const { ORIGIN = '', EMAIL = '', PASSWORD = '' } = process.env;
const { window } = new JSDOM(
  '<header id="bar"></header><div id="service"></div><main id="main" tabindex="-1"></main>',
  {
    url: `${ORIGIN}/admin`,
    pretendToBeVisual: true,
  },
);
window.scrollTo = () => undefined;
const { document, location, history, localStorage } = window;
Object.assign(globalThis, { window, document, location, history, localStorage });
const overTheLine = globalThis.fetch;
globalThis.fetch = (address, init) => overTheLine(new URL(String(address), ORIGIN), init);
Object.assign(window.HTMLDialogElement.prototype, {
  /** @this {any} */
  showModal() {
    this.open = true;
  },
  /** @this {any} @param {string} [value] */
  close(value) {
    this.returnValue = value ?? '';
    this.dispatchEvent(new window.Event('close'));
  },
});
await import('../../../public/admin/app.js');

const words = () => document.body.textContent?.replaceAll(/\s+/g, ' ') ?? '';
/** @template T @param {string} what @param {() => T} look @returns {Promise<NonNullable<T>>} */
async function until(what, look) {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`Not within 20 s: ${what}\n${words()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
/** @param {RegExp} text */
const sees = (text) => until(String(text), () => text.test(words()));
/** @param {RegExp} label @returns {Promise<any>} */
const input = async (label) => {
  const found = await until(`label ${label}`, () =>
    [...document.querySelectorAll('label')].find((each) => label.test(each.textContent ?? '')),
  );
  return found.querySelector('input, select') ?? document.getElementById(found.htmlFor);
};
/** @param {RegExp} name @param {ParentNode} [within] */
async function press(name, within = document) {
  const found = await until(`button ${name}`, () =>
    [...within.querySelectorAll('button')].find((each) =>
      name.test(each.getAttribute('aria-label') ?? each.textContent ?? ''),
    ),
  );
  found.click();
}
/** @param {RegExp} name */
const confirm = async (name) =>
  press(name, await until('a question', () => document.querySelector('dialog')));
/** @param {string} text */
async function choose(text) {
  const picker = await until('a place for a file', () => document.querySelector('input[type=file]'));
  const file = { name: 'hall.csv', arrayBuffer: async () => new TextEncoder().encode(text).buffer };
  Object.defineProperty(picker, 'files', { value: [file], configurable: true });
  picker.dispatchEvent(new window.Event('change'));
}

(await input(/^Email/)).value = EMAIL;
(await input(/^Password/)).value = PASSWORD;
await press(/^Sign in$/);
await sees(/operator/);
location.hash = '#/concerts';
(await input(/^Title/)).value = 'A night from a file';
await press(/^Make the concert$/);
await sees(/None yet: add the first one/);

(await input(/Seat by seat/)).click();
await choose('section;row;number;price\nStalls;1;1;500\nStalls;1;2;5,5\n');
await sees(/hall\.csv has a fault.*line 3, price/);
await choose('section;row;number;price\nStalls;1;1;500\nStalls;1;2;500\nStalls;1;4;700\nStalls;2;1;300\n');
await sees(/hall\.csv has no faults/);
await sees(/4 seats, worth 2,000 points/);
await press(/^Add the date$/);
await confirm(/^Add the date$/);
const date = await until(
  'the date',
  () => /** @type {HTMLAnchorElement | null} */ (document.querySelector('tbody a[href^="#/dates/"]')),
);
location.hash = date.hash;

await sees(/4 free, 0 on hold, 0 sold, 0 out of sale/);
assert.deepEqual(
  [...document.querySelectorAll('.chair')].map((each) => each.textContent),
  ['1', '2', '4', '1'],
);
await press(/Choose row 1 of Stalls/);
await press(/^Take out of sale$/);
await confirm(/^Take out of sale$/);
await sees(/1 free, 0 on hold, 0 sold, 3 out of sale/);
await press(/^Stop the sale$/);
await confirm(/^Stop the sale$/);
await sees(/The sale is stopped/);
(await input(/^Reason/)).value = 'Storm';
await press(/^Cancel the show…$/);
(await input(/^Type/)).value = 'A night from a file';
await confirm(/^Cancel the show$/);
await sees(/0 of 0 bookings cancelled.*done/);
process.exit(0); // What repeats on the page would go on.
