import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench';
import { type Accepted, type PlannedRequest, type VolleyResult, VolleyResultSchema } from './load/plan';
import { cpuByRole } from './stage/cpu';
import { meansBetween, readCounters } from './stage/metrics';
import type { Stack } from './stage/stacks';

/** One contestant's turn in one round. */
export interface Turn extends VolleyResult {
  /** Processor time per answer by role, in microseconds: where the time goes. */
  cpu: Record<string, number>;
  /** What the service's own metrics say of the turn. */
  means: Record<string, number>;
}

export interface Player {
  name: string;
  /** Names its profiles, where a scenario has several contests of the same processes. */
  plays?: string;
  stack: Stack;
  /** Requests of the first, uncounted round. */
  warmUp: number;
  /** Makes ready for a round, unmeasured: caches are filled, queues have their workers. */
  prime?(round: number): Promise<void>;
  /** One turn: about `count` requests. Round 0 is for warming up. */
  play(round: number, count: number): Promise<VolleyResult>;
  close?(): void;
}

export interface Contest {
  rounds: number;
  /** How long one turn is to last. */
  seconds: number;
  /** As many requests as one turn can have at most. */
  most: number;
  least: number;
}

// What a turn leaves behind (outcome notes, vacuum, a last checkpoint record) is not to fall into the next one.
const PAUSE_MS = 300;

/**
 * Lets the players take turns, round after round, starting with another one each time. The machine drifts, but it
 * drifts for all of them: what counts is how they compare within a round.
 */
export async function compete(
  bench: Bench,
  players: readonly Player[],
  contest: Contest,
): Promise<Map<string, Turn[]>> {
  try {
    return await playRounds(bench, players, contest);
  } finally {
    for (const player of players) player.close?.();
  }
}

async function playRounds(
  bench: Bench,
  players: readonly Player[],
  contest: Contest,
): Promise<Map<string, Turn[]>> {
  const turns = new Map<string, Turn[]>(players.map(({ name }) => [name, []]));
  const counts = new Map(players.map(({ name, warmUp }) => [name, warmUp]));
  for (let round = 0; round <= contest.rounds; round += 1) {
    const shift = round % players.length;
    const order = [...players.slice(shift), ...players.slice(0, shift)];
    for (const player of order) {
      await player.prime?.(round);
      await sleep(PAUSE_MS);
      const count = Math.min(contest.most, counts.get(player.name) ?? player.warmUp);
      const turn = await takeTurn(bench, player, round, count);
      counts.set(player.name, Math.max(contest.least, Math.round(turn.perSecond * contest.seconds)));
      if (round > 0) turns.get(player.name)?.push(turn);
      report(bench, round, player.name, turn);
    }
  }
  return turns;
}

async function takeTurn(bench: Bench, player: Player, round: number, count: number): Promise<Turn> {
  const { pid } = bench.generator;
  const watched = [
    ...player.stack.processes,
    ...(pid === undefined ? [] : [{ role: 'generator', pid }]),
    ...(bench.redisPid === null ? [] : [{ role: 'redis', pid: bench.redisPid }]),
  ];
  profile(bench, player, round);
  const countersBefore = await readCounters(player.stack);
  const before = cpuByRole(watched, bench.postgresPid);
  const result = await player.play(round, count);
  await player.stack.settled(); // An answer costs what is done for it afterwards, too.
  profile(bench, player, round);
  const after = cpuByRole(watched, bench.postgresPid);
  const answers = Object.values(result.counts).reduce((sum, n) => sum + n, 0);
  const spent = (role: string, ms: number) => ((ms - (before.get(role) ?? 0)) * 1000) / answers;
  const cpu = Object.fromEntries([...after].map(([role, ms]): [string, number] => [role, spent(role, ms)]));
  const means = meansBetween(countersBefore, await readCounters(player.stack));
  return { ...result, cpu, means };
}

/** Starts, then ends, a profile of each of the player's processes. */
function profile({ profileFolder }: Bench, { name, plays, stack }: Player, round: number): void {
  if (profileFolder === null || round === 0) return;
  const who = plays === undefined ? name : `${plays}-${name}`;
  for (const { role, pid, profile } of stack.processes) {
    profile(path.join(profileFolder, `${who}-${role}-${pid}-${round}.cpuprofile`));
  }
}

function report({ say }: Bench, round: number, name: string, turn: Turn): void {
  const { perSecond, p50, p99, errors } = turn;
  const when = round === 0 ? 'warm-up' : `round ${round}`;
  say(
    `    ${when}  ${name.padEnd(10)} ${perSecond.toFixed(0).padStart(7)}/s  p50 ${p50.toFixed(1)}  p99 ${p99.toFixed(1)} ms`,
  );
  for (const [error, count] of Object.entries(errors)) say(`      ${count} × ${error}`);
}

/** Enough for a just-in-time compiler to have seen it all; the slow one would take a minute for as many. */
export function warmUpOf({ quick }: Bench, name: string): number {
  if (name === 'row-lock') return quick ? 300 : 1000;
  return quick ? 3000 : 20_000;
}

/** A player that answers HTTP requests. */
export function httpPlayer(
  bench: Bench,
  stack: Stack,
  options: {
    connections: number;
    accepted: Accepted[];
    requests(round: number, count: number): PlannedRequest[];
    prime?(round: number): PlannedRequest[];
  },
): Player {
  const { connections, accepted } = options;
  const fire = async (requests: PlannedRequest[]): Promise<VolleyResult> =>
    bench.generator.ask('volley', { url: stack.url, connections, requests, accepted }, VolleyResultSchema);
  return {
    name: stack.name,
    stack,
    warmUp: warmUpOf(bench, stack.name),
    prime: async (round) => {
      const requests = options.prime?.(round) ?? [];
      if (requests.length > 0) await fire(requests);
    },
    play: async (round, count) => fire(options.requests(round, count)),
  };
}
