import type { Turn } from './contest';
import { median } from './figures';

/** One contestant, over all counted rounds. */
export interface Standing {
  /** What the scenario is about: the middle one of the rounds. */
  figure: number;
  rounds: number[];
  /** Ours over theirs, within each round; of times, how many times as long ours takes. Of ours: none. */
  ratios: number[];
  /** In milliseconds. */
  p50?: number;
  p99?: number;
  /** Processor time per answer by role, in microseconds. Empty where the system does not tell. */
  cpu: Record<string, number>;
}

/** What one scenario, or one size of it, came to. */
export interface Outcome {
  name: string;
  unit: string;
  /** By name: `ours`, and whoever it is compared with. */
  contestants: Record<string, Standing>;
  /** Answers of ours that were errors or refusals, over all rounds. */
  errors: number;
  /** Further figures by name. */
  more: Record<string, number>;
}

/** The middle of a figure over the rounds. */
export const middle = (turns: readonly Turn[], figure: (turn: Turn) => number): number =>
  median(turns.map(figure));

/** The usual outcome: how many answers a second each contestant gave, and how ours compares. */
export function rateOutcome(name: string, unit: string, turns: ReadonlyMap<string, Turn[]>): Outcome {
  return outcomeOf(name, unit, turns, (turn) => turn.perSecond);
}

/** The same by another figure of a turn. */
export function outcomeOf(
  name: string,
  unit: string,
  turns: ReadonlyMap<string, Turn[]>,
  figure: (turn: Turn) => number,
): Outcome {
  const ours = turns.get('ours') ?? [];
  const standings = [...turns].map(([player, all]): [string, Standing] => {
    const rounds = all.map(figure);
    const ratios = player === 'ours' ? [] : quotients(ours.map(figure), rounds);
    return [player, { figure: median(rounds), rounds, ratios, ...timesOf(all), cpu: cpuOf(all) }];
  });
  return {
    name,
    unit,
    contestants: Object.fromEntries(standings),
    errors: errorsOf(ours),
    more: Object.fromEntries([...turns].flatMap(([player, all]) => details(player, all))),
  };
}

/** What was looked at once, and compared with nobody. */
export function singleOutcome(
  { name, unit, ours }: { name: string; unit: string; ours: number },
  { p50, p99, cpu = {}, errors, more }: Partial<Standing> & Pick<Outcome, 'errors' | 'more'>,
): Outcome {
  const times = { ...(p50 === undefined ? {} : { p50 }), ...(p99 === undefined ? {} : { p99 }) };
  const standing: Standing = { figure: ours, rounds: [ours], ratios: [], ...times, cpu };
  return { name, unit, contestants: { ours: standing }, errors, more };
}

/** Shows at this contestant's line how it compares with another one, instead of ours with it. */
export function comparedWith(outcome: Outcome, name: string, other: string): Outcome {
  const { contestants } = outcome;
  const standing = contestants[name];
  if (standing === undefined) return outcome;
  const ratios = quotients(standing.rounds, contestants[other]?.rounds ?? []);
  return { ...outcome, contestants: { ...contestants, [name]: { ...standing, ratios } } };
}

/** Processor time of all roles but the load generator's: what an answer costs the service. */
export const serviceCpu = (cpu: Readonly<Record<string, number>>): number =>
  Object.entries(cpu).reduce((sum, [role, micros]) => (role === 'generator' ? sum : sum + micros), 0);

export const errorsOf = (turns: readonly Turn[]): number =>
  turns.reduce((sum, { errors }) => sum + Object.values(errors).reduce((a, b) => a + b, 0), 0);

/** Round by round, as far as both have been played. */
function quotients(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.flatMap((value, round) => {
    const other = theirs[round];
    return other === undefined ? [] : [value / other];
  });
}

const timesOf = (turns: readonly Turn[]) => ({
  p50: middle(turns, (turn) => turn.p50),
  p99: middle(turns, (turn) => turn.p99),
});

function cpuOf(turns: readonly Turn[]): Record<string, number> {
  const roles = new Set(turns.flatMap(({ cpu }) => Object.keys(cpu)));
  return Object.fromEntries([...roles].map((role) => [role, middle(turns, ({ cpu }) => cpu[role] ?? 0)]));
}

/** Where the time went, for whoever makes it faster. */
function details(player: string, turns: readonly Turn[]): [string, number][] {
  const errors = errorsOf(turns);
  return [
    ...(errors === 0 ? [] : [[`${player}: errors`, errors] satisfies [string, number]]),
    [`${player}: ms, p99 of all answers`, middle(turns, (turn) => turn.p99OfAll)],
    ...Object.keys(turns[0]?.means ?? {}).map((mean): [string, number] => [
      `${player}: ${mean}`,
      middle(turns, (turn) => turn.means[mean] ?? 0),
    ]),
  ];
}
