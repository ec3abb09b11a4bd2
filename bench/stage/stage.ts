import type { Bench } from '../bench';
import { auditDatabase } from './build';
import { withClient } from './databases';
import { Room } from './room';
import { type Scene, seed } from './seed';
import {
  addDirectFunctions,
  type BaselineName,
  flush,
  type Kind,
  type Place,
  type Stack,
  startBaseline,
  startOurs,
} from './stacks';

/** Who takes part. */
export interface Part {
  name: string;
  kind: Kind;
  workers?: number;
  /** Changes this part's copy of the scene. */
  sql?: string;
  /** Its own, instead of a database of the one that all share. */
  redis?: { url: string };
}

export const OURS: Part = { name: 'ours', kind: 'ours' };
export const part = (kind: BaselineName): Part => ({ name: kind, kind });

const TEMPLATE = 'bench_template';

/**
 * Sets the scene for every part of a scenario, in a database and a Redis database of its own, runs the work, checks
 * every invariant in each database, and clears up.
 * @param prepare fills a part's waiting room
 */
export async function onStage<T>(
  bench: Bench,
  scene: Scene,
  cast: readonly Part[],
  prepare: (room: Room, part: Part) => Promise<void>,
  work: (stacks: Stack[]) => Promise<T>,
): Promise<T> {
  const parts = cast.filter(({ name }) => bench.invites(name));
  const stacks: Stack[] = [];
  const names = parts.map((_part, index) => `bench_${index + 1}`);
  const stop = async () => Promise.all(stacks.map(async (stack) => stack.stop()));
  try {
    bench.say('    setting the scene');
    await bench.databases.drop(TEMPLATE, ...names);
    await withClient(await bench.databases.create(TEMPLATE, bench.build.migrated), async (client) =>
      seed(client, scene),
    );
    for (const [index, part] of parts.entries()) {
      const place = await placeOf(bench, part, names[index] ?? '', index + 1);
      const { sql } = part;
      if (sql !== undefined) await withClient(place.databaseUrl, async (client) => client.query(sql));
      await fillRoom(place, async (room) => prepare(room, part));
      stacks.push(await start(bench, place, part));
    }
    await bench.databases.checkpoint();
    const result = await work(stacks);
    bench.say('    checking every invariant');
    await stop();
    for (const { name, databaseUrl } of stacks) await auditDatabase(bench.build, name, databaseUrl);
    return result;
  } finally {
    await stop();
    await bench.databases.drop(TEMPLATE, ...names);
  }
}

async function placeOf(bench: Bench, { name, redis }: Part, database: string, index: number): Promise<Place> {
  const redisUrl = redis?.url ?? `${bench.redisUrl}/${index}`;
  if (redis === undefined) await flush(redisUrl);
  const databaseUrl = await bench.databases.create(database, TEMPLATE);
  return { name, databaseUrl, redisUrl, folder: bench.folder };
}

async function fillRoom(place: Place, prepare: (room: Room) => Promise<void>): Promise<void> {
  const room = Room.connect(place.databaseUrl, place.redisUrl);
  try {
    await room.open();
    await prepare(room);
  } finally {
    await room.close();
  }
}

async function start(bench: Bench, place: Place, { kind, workers }: Part): Promise<Stack> {
  if (kind === 'ours') return startOurs(place, bench.build, workers);
  if (kind !== 'database') return startBaseline(place, kind);
  await addDirectFunctions(place.databaseUrl);
  const nothing = async () => undefined;
  return { ...place, kind, url: '', processes: [], settled: nothing, restart: nothing, stop: nothing };
}
