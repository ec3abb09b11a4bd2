import { middle, ratio, type Turn } from './contest';

/** What one scenario, or one size of it, came to. */
export interface Outcome {
  name: string;
  unit: string;
  ours: number;
  baselines: Record<string, number>;
  /** Ours over theirs, round by round, the middle one; of times, how many times as long ours takes. */
  ratios: Record<string, number>;
  /** Of ours, in milliseconds. */
  p50?: number;
  p99?: number;
  /** Answers of ours that were errors or refusals, over all rounds. */
  errors: number;
  /** Further figures by name, such as the processor time per answer of each process. */
  more: Record<string, number>;
}

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
  const others = [...turns].filter(([player]) => player !== 'ours');
  return {
    name,
    unit,
    ours: middle(ours, figure),
    baselines: Object.fromEntries(others.map(([player, all]) => [player, middle(all, figure)])),
    ratios: Object.fromEntries(others.map(([player, all]) => [player, ratio(ours, all, figure)])),
    p50: middle(ours, (turn) => turn.p50),
    p99: middle(ours, (turn) => turn.p99),
    errors: errorsOf(ours),
    more: Object.fromEntries([...turns].flatMap(([player, all]) => details(player, all))),
  };
}

export const errorsOf = (turns: readonly Turn[]): number =>
  turns.reduce((sum, { errors }) => sum + Object.values(errors).reduce((a, b) => a + b, 0), 0);

/** What a request costs the machine: on a busy one this compares better than rates. */
const serviceCpu = ({ cpu }: Turn): number =>
  Object.entries(cpu).reduce((sum, [role, micros]) => (role === 'generator' ? sum : sum + micros), 0);

/** Where the time went, for whoever makes it faster. */
function details(player: string, turns: readonly Turn[]): [string, number][] {
  const [first] = turns;
  if (first === undefined) return [];
  const errors = errorsOf(turns);
  return [
    ...(errors === 0 ? [] : [[`${player}: errors`, errors] satisfies [string, number]]),
    ...Object.keys(first.cpu).map((role): [string, number] => [
      `${player}: µs of ${role} per answer`,
      middle(turns, (turn) => turn.cpu[role] ?? 0),
    ]),
    [`${player}: µs of all these but the generator`, middle(turns, serviceCpu)],
    ...Object.keys(first.means).map((mean): [string, number] => [
      `${player}: ${mean}`,
      middle(turns, (turn) => turn.means[mean] ?? 0),
    ]),
  ];
}
