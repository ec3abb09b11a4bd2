import { BEST_FUNCTIONS } from '../baselines/direct-best-sql';
import type { Bench } from '../bench';
import { compete, type Player, type Turn } from '../contest';
import { VolleyResultSchema } from '../load/plan';
import type { SpreePlan } from '../load/spree';
import { median } from '../figures';
import { type Outcome, outcomeOf, rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { CONCERT_ID } from '../stage/seed';
import type { Stack } from '../stage/stacks';
import { onStage, OURS, type Part } from '../stage/stage';
import { allRounds, contestOf, range, SEATS } from './sizes';

const CONNECTIONS = 200;
// Accessible seats are nobody's here: they would be left over.
const ORDINARY = "UPDATE seats SET attributes = '';";

const WAYS: Record<string, SpreePlan['way']> = {
  ours: 'best',
  'skip-locked': 'best',
  'by hand': 'by hand',
  holds: 'known',
};

const PARTS: Part[] = [
  { ...OURS, sql: ORDINARY },
  { name: 'holds', kind: 'ours', sql: ORDINARY },
  { name: 'by hand', kind: 'ours', sql: ORDINARY },
  { name: 'skip-locked', kind: 'direct', sql: ORDINARY + BEST_FUNCTIONS },
];

/** One to four seats side by side for each fan, chosen by the service, until the hall is sold out. */
export const bestAvailable: Scenario = {
  name: 'best-available',
  about: `one to four seats each, ${CONNECTIONS} connections, until the hall is sold out: chosen by the service, or by hand`,
  run: async (bench) => {
    const seats = bench.quick ? 6000 : SEATS;
    // Enough to sell every seat to those who ask for one, in the end.
    const fansPerRound = seats;
    const fans = allRounds(bench) * fansPerRound;
    const scene = { schedules: range(allRounds(bench), () => seats), fans: fans + 1 };
    return onStage(
      bench,
      scene,
      PARTS,
      async (room) => room.admit(1, fans + 1),
      async (stacks) => {
        const players = stacks.map((stack) => playerOf(bench, stack, seats, fansPerRound, fans + 1));
        const turns = await compete(bench, players, contestOf(bench, CONNECTIONS, fansPerRound));
        check(turns);
        return outcomesOf(turns);
      },
    );
  },
};

function playerOf(bench: Bench, stack: Stack, seats: number, fansPerRound: number, watcher: number): Player {
  const way = WAYS[stack.name] ?? 'best';
  const plan = (round: number): SpreePlan => ({
    url: stack.url,
    connections: CONNECTIONS,
    way,
    firstFan: round * fansPerRound + 1,
    // One seat each: as many requests as the others have.
    fans: way === 'known' ? Math.round(seats / 2.5) : fansPerRound,
    seats,
    scheduleId: String(round + 1),
    concertId: CONCERT_ID,
    watcher,
  });
  return {
    name: stack.name,
    stack,
    warmUp: fansPerRound,
    play: async (round) => bench.generator.ask('spree', plan(round), VolleyResultSchema),
  };
}

function check(turns: ReadonlyMap<string, Turn[]>): void {
  for (const [name, all] of turns) {
    const apart = all.reduce((sum, turn) => sum + figureOf(turn, 'bookings not side by side'), 0);
    if (apart > 0) throw new Error(`${name} gave ${apart} bookings whose seats are not side by side`);
  }
}

const figureOf = ({ figures }: Turn, name: string): number => figures?.[name] ?? 0;

function outcomesOf(turns: ReadonlyMap<string, Turn[]>): Outcome[] {
  const subset = (...names: string[]) => new Map([...turns].filter(([name]) => names.includes(name)));
  const more = Object.fromEntries(
    [...turns].flatMap(([name, all]): [string, number][] => [
      ...['seats sold', '% sold at the first refusal'].map((what): [string, number] => [
        `${name}: ${what}`,
        median(all.map((turn) => figureOf(turn, what))),
      ]),
      [`${name}: refusals per booking`, median(all.map(refusalsPerBooking))],
    ]),
  );
  const requests = rateOutcome('best-available', 'confirmed bookings/s', subset('ours', 'holds'));
  const seats = outcomeOf(
    'best-available-seats',
    'confirmed seats/s',
    subset('ours', 'by hand', 'skip-locked'),
    (turn) => figureOf(turn, 'seats/s'),
  );
  return [requests, { ...seats, more: { ...seats.more, ...more } }];
}

const refusalsPerBooking = ({ counts }: Turn): number =>
  ((counts['taken'] ?? 0) + (counts['refused'] ?? 0)) / (counts['confirmed'] ?? 0);
