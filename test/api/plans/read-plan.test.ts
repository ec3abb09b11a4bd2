import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { gapsIn, newSeatsOf } from '../../../src/api/plans/new-seats';
import { attributesCell, type PlannedSeat } from '../../../src/api/plans/plan-columns';
import { MOST_FAULTS, readPlan } from '../../../src/api/plans/read-plan';
import { writePlan } from '../../../src/api/plans/write-plan';
import { Hall } from '../../../src/models/hall';

const HEADER = 'section,row,number,price,quality,attributes,standing';
const seat = (changes: Partial<PlannedSeat> = {}): PlannedSeat => ({
  section: 'A',
  row: '1',
  number: '1',
  price: 500,
  quality: null,
  attributes: {},
  standing: false,
  ...changes,
});
const faultsOf = async (text: string): Promise<string[]> =>
  (await readPlan(text)).faults.map(({ line, column, message }) => `${line} ${column}: ${message}`);

describe('what a plan may look like', () => {
  const expected = {
    seats: [
      seat(),
      seat({ number: '2', price: 700, quality: -3, attributes: { accessible: 'true', view: 'side' } }),
    ],
    faults: [],
    moreFaults: false,
  };
  const forms = {
    'as it is written out': `${HEADER}\nA,1,1,500,,,false\nA,1,2,700,-3,accessible=true;view=side,no\n`,
    'with a mark of UTF-8, CRLF and no end of its last line': `\uFEFF${HEADER}\r\nA,1,1,500,,,\r\nA,1,2,700,-3,view=side;accessible=true,`,
    'with the line ends of old': `${HEADER}\rA,1,1,500,,,0\rA,1,2,700,-3,view=side;accessible=true,0\r`,
    'with line ends of all kinds': `${HEADER}\r\nA,1,1,500,,,0\nA,1,2,700,-3,view=side;accessible=true,0\r`,
    'with semicolons, in another order': `Price;SECTION; Row ;number;Attributes;quality\n500;A;1;1;;\n700;A;1;2;"view=side; accessible=true";-3\n`,
    'with tabs and without what may be left out': `section\trow\tnumber\tprice\tattributes\tquality\nA\t1\t1\t500\t\t\nA\t1\t2\t700\tview=side;accessible=true\t-3`,
    'with quotes and empty lines': `\n"section","row","number","price","quality","attributes"\n\n"A","1"," 1 ","500","",""\n,,,,,\n"A",1,2,700,-3,view=side;accessible=true\n\n`,
  };
  test.each(Object.entries(forms))('%s', async (_how, text) => {
    await expect(readPlan(text)).resolves.toEqual(expected);
  });

  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .map((text) => text.trim())
    .filter(
      // oxlint-disable-next-line no-control-regex -- As in the reader.
      (text) => text !== '' && !/[\u0000-\u001f\u007f\uFFFD]/.test(text),
    );
  const hostile = fc.oneof(
    name,
    fc.constantFrom('"', '""', ',', ';', '=', '\\', '\\;', 'a"b', '=1+1', "'", '열', '0', '-'),
  );
  const kind = fc.record({
    price: fc.integer({ min: 0, max: 1_000_000_000 }),
    quality: fc.option(fc.integer({ min: -2000, max: 2000 })),
    attributes: fc.dictionary(hostile, hostile, { maxKeys: 3, noNullPrototype: true }),
    standing: fc.boolean(),
  });
  const row = fc.record({
    section: hostile,
    row: hostile,
    seats: fc.uniqueArray(
      fc.tuple(
        hostile.filter((text) => text.length <= 10),
        kind,
      ),
      {
        minLength: 1,
        maxLength: 8,
        selector: ([number]) => number,
      },
    ),
  });
  const plan = fc.uniqueArray(row, {
    minLength: 1,
    maxLength: 8,
    selector: ({ section, row: named }) => `${section}\n${named}`,
  });

  test('any plan written out reads back the same, and its seats are the same each time', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (rows) => {
        const planned = rows.flatMap(({ seats, ...place }) =>
          seats.map(([number, { attributes, ...facts }]): PlannedSeat => ({
            ...place,
            number,
            ...facts,
            attributes: Object.fromEntries(
              Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)),
            ),
          })),
        );
        const seats = await newSeatsOf(planned);
        const runs = seats.map(({ standing, label: _printed, ...facts }, index) => ({
          ...facts,
          attributes: { ...facts.attributes },
          first: index + 1,
          last: index + 1,
          isStanding: standing,
        }));
        const hall = new Hall(
          runs,
          null,
          seats.map(({ label }) => label ?? ''),
        );
        const read = await readPlan((await writePlan(hall)).toString());
        expect(read).toEqual({ seats: planned, faults: [], moreFaults: false });
        expect(await newSeatsOf(read.seats)).toEqual(seats);
      }),
      { numRuns: 100 },
    );
  });

  test('attributes of any text are told apart', async () => {
    const cell = attributesCell({ 'a=b': 'c;d', 'e\\': '\\;' });
    const { seats } = await readPlan(`section,row,number,price,attributes\nA,1,1,5,"${cell}"`);
    expect(seats[0]?.attributes).toEqual({ 'a=b': 'c;d', 'e\\': '\\;' });
  });

  test('a cell full of escapes takes no longer than another', async () => {
    const before = process.cpuUsage();
    await readPlan(`section,row,number,price,attributes\nA,1,1,5,${'\\'.repeat(9000)}x`);
    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(60);
  });
});

describe('every fault is told with its line', () => {
  test.each([
    ['', ['null null: the file is empty']],
    ['\uFEFF \n\n,,\n', ['null null: the file is empty']],
    [`${HEADER}\n`, ['null null: the file names no seat: only a line with the names of the columns']],
    [
      'section,row,seat,price,price\nA,1,1,500,1',
      [
        '1 seat: is no column of a plan: these are section, row, number, price, quality, attributes, standing',
        '1 price: is there twice',
        '1 number: is missing: the first line names the columns',
      ],
    ],
    [
      `${HEADER}\nA,1,1,50.5,,,\nA,1,2,"50,000",,,\nA,1,3,-1,,,\nA,1,4,,,,\nA,1,5,1e3,,,\nA,1,6,5000000000,,,`,
      [
        '2 price: must be a whole number, with digits alone, not “50.5”',
        '3 price: must be a whole number, with digits alone, not “50,000”',
        '4 price: must be from 0 to 1000000000, not “-1”',
        '5 price: is empty',
        '6 price: must be a whole number, with digits alone, not “1e3”',
        '7 price: must be from 0 to 1000000000, not “5000000000”',
      ],
    ],
    [
      `${HEADER}\n,,,x,y,z,w`,
      [
        '2 section: is empty',
        '2 row: is empty',
        '2 number: is empty',
        '2 price: must be a whole number, with digits alone, not “x”',
        '2 quality: must be a whole number, with digits alone, not “y”',
        '2 attributes: must be written as name=value;name=value, not “z”',
        '2 standing: must be true or false, or empty, not “w”',
      ],
    ],
    [
      `${HEADER}\nA,1,1,5,,,\nA,1,2,5,,,\nA,1,1,5,,,\nA,2,1,5,,,\nA,1,3,5,,,\nB,1,1,5,,,`,
      [
        '4 number: is seat “1” of row “1”, section “A”, which line 2 has, too',
        '6 row: goes on with row “1” of section “A”, which ended in line 4: the seats of a row stand together',
      ],
    ],
    [
      `${HEADER}\nA,1,1,5,,,,8\nA,1,2\n`,
      ['2 null: has 8 cells, and the first line 7', '3 null: has 3 cells, and the first line 7'],
    ],
    [
      `${HEADER}\nÄ\uFFFD,1,1,5,,,`,
      ['2 section: has a character that cannot be read: save the file as “CSV UTF-8”'],
    ],
    [
      `${HEADER}\nA,"1\n2",1,5,,,\nA,2,x,5,,a=1;a=2,`,
      ['2 row: holds a control character or a line break', '4 attributes: has “a” twice'],
    ],
    [
      `${HEADER}\nA,"1"x,1,5,,,\nA,1"2,1,5,,,\nA,3,1,x,,,\nA,4,1,"5,,,\nA,5,1,y,,,`,
      [
        '2 null: something follows a closing quote; a quote within a text is written twice',
        '3 null: a quote stands in the middle of a text; write the whole text in quotes',
        '4 price: must be a whole number, with digits alone, not “x”',
        '5 null: a quote is opened and never closed',
        '6 price: must be a whole number, with digits alone, not “y”',
      ],
    ],
    [
      `${HEADER}\nA,1,${'9'.repeat(11)},5,,,\n${'B'.repeat(51)},1,1,5,,,`,
      ['2 number: has more than 10 characters', '3 section: has more than 50 characters'],
    ],
  ])('%j', async (text, expected) => {
    await expect(faultsOf(text)).resolves.toEqual(expected);
  });

  test('a hundred of them, and that there are more', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `A,1,${index},x`);
    const { faults, moreFaults } = await readPlan(`section,row,number,price\n${lines.join('\n')}`);
    expect(faults.map(({ line }) => line)).toEqual(
      Array.from({ length: MOST_FAULTS }, (_, index) => index + 2),
    );
    expect(moreFaults).toBe(true);
  });

  test('whatever is sent ends, and with a fault or a seat', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .array(fc.constantFrom('"', ',', ';', '\n', '\r', '=', '\\', 'A', '1', ' ', '\u0000'), {
          maxLength: 300,
        })
        .map((parts) => `${HEADER}\n${parts.join('')}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (sent) => {
        const { seats, faults } = await readPlan(sent);
        expect(seats.length + faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
    // Each line opens a quote that is never closed.
    const { faults, moreFaults } = await readPlan(`${HEADER}\n${'A,"1,1,5,,,\n'.repeat(3001)}`);
    expect([faults.length, moreFaults]).toEqual([MOST_FAULTS, true]);
  });
});

describe('seats of a plan', () => {
  test('are numbered through the date; what is printed is kept where it is something else', async () => {
    const seats = await newSeatsOf([
      seat({ number: '1' }),
      seat({ number: '3' }),
      seat({ row: '2', number: '3' }),
      seat({ row: '2', number: '12A' }),
    ]);
    expect(seats.map(({ label, afterGap }) => [label, afterGap])).toEqual([
      [null, false],
      ['3', false],
      [null, false],
      ['12A', false],
    ]);
  });

  test.each([
    ['1 2 3 4', []],
    ['4 3 2 1', []],
    ['1 2 5 6', [2]],
    ['1 2 4', [2]],
    ['2 1', []],
    ['1 3 5 7', []],
    ['1 3 7 9', [2]],
    ['9 7 5 3 1 2 4 6 8', []],
    ['9 7 5 1 2 4 8', [3, 6]],
    ['11 12A 12B 13', []],
    ['10 20', [1]],
    ['7', []],
  ])('a row numbered %s', (numbers, gaps) => {
    expect([...gapsIn(numbers.split(' '))]).toEqual(gaps);
  });
});
