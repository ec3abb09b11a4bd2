import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SeatRun } from '../../booking/types';
import { attributesCell, OPTIONAL, REQUIRED } from './plan-columns';

/** A hall, as much of it as a plan tells. */
export interface WrittenHall {
  runs: readonly SeatRun[];
  /** null: its number. */
  labelOf(number: number): string | null;
}

const SEATS_A_TURN = 1000;

/** The plan that reads as this hall, with a mark at its head by which spreadsheets know UTF-8. Others are served meanwhile. */
export async function writePlan(hall: WrittenHall): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let lines = [`\uFEFF${[...REQUIRED, ...OPTIONAL].join(',')}\n`];
  for (const { first, last, section, row, price, quality, attributes, isStanding } of hall.runs) {
    const place = `${cell(section)},${cell(row)}`;
    const rest = `${price},${quality ?? ''},${cell(attributesCell(attributes))},${isStanding}`;
    for (let number = first; number <= last; number += 1) {
      lines.push(`${place},${cell(hall.labelOf(number) ?? String(number))},${rest}\n`);
      if (lines.length < SEATS_A_TURN) continue;
      pieces.push(Buffer.from(lines.join('')));
      lines = [];
      await nextTurn();
    }
  }
  return Buffer.concat([...pieces, Buffer.from(lines.join(''))]);
}

const cell = (text: string): string =>
  /[",;\t\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
