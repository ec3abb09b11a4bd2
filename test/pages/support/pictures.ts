import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';

/** The pictures in the order in which docs/screens shows them, each with what is to be seen. */
const PICTURES = {
  'fan-sign-up': 'Signing up: what is wrong is said at the field.',
  'fan-concerts': 'The concerts.',
  'fan-draw': 'Before a draw: when it is made, and how to check it.',
  'fan-presale': 'A presale asks for a code.',
  'fan-waiting': 'A place in the waiting room.',
  'fan-paused': 'The operator has paused admission and left a message.',
  'fan-best-seats': 'Inside: the best seats in three presses.',
  'fan-seats': 'The plan: free, chosen and taken seats.',
  'fan-seats-dark': 'The same in dark colours.',
  'fan-seats-phone': 'The plan on a phone.',
  'fan-standing': 'A section without seats.',
  'fan-lost-race': 'Somebody else was faster: the rest of the choice is kept.',
  'fan-not-enough': 'Not enough points: charged right there.',
  'fan-leaving': 'Leaving with seats on hold asks first.',
  'fan-hold-ended': 'The hold has ended.',
  'fan-away': 'No connection: the page goes on by itself.',
  'fan-tickets': 'The tickets.',
  'fan-waiting-list': 'Seats from the waiting list.',
  'desk-tonight': 'The desk: how the sale stands.',
  'desk-pause': 'What a pause will do is said before it is done.',
  'desk-date': 'A date: two seats were taken out of its sale.',
  'desk-called-off': 'A date called off: everybody has their points back.',
  'desk-plan-faults': 'A plan with faults: each beside its line.',
  'desk-away': 'Redis is away: old numbers are marked as old.',
  'desk-door-yes': 'At the door: let in.',
  'desk-door-no': 'The same ticket once more.',
} as const;
export type Picture = keyof typeof PICTURES;

const folder = process.env['SCREENSHOTS'];

/** Leaves a picture of what is on the screen, where SCREENSHOTS names a folder. */
export async function picture(page: Page, name: Picture): Promise<void> {
  if (!folder) return;
  await page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled', caret: 'hide' });
}

/** Shows all pictures on one page. */
export async function writePictureList(): Promise<void> {
  if (!folder) return;
  const rows = Object.entries(PICTURES).map(([name, words]) => `${words}\n\n![${words}](${name}.png)\n`);
  const head = '# What it looks like\n\nMade by the tests of the pages: `npm run screens`.\n';
  await writeFile(path.join(folder, 'README.md'), [head, ...rows].join('\n'));
}
