import { Presets, SingleBar } from 'cli-progress';
import type { Output } from '../output';
import { ACCOUNTS_AT_ONCE, makeFan } from './accounts';
import { type Story, tellStory, type Wishes } from './fan-story';
import { type Summary, summaryOf } from './summary';

export interface Crowd extends Wishes {
  origin: string;
  fans: number;
  /** How many act at the same moment. */
  atOnce: number;
}

/** Makes them, has them all live through it, and says how far they are. */
export async function runCrowd(crowd: Crowd, out: Output): Promise<Summary> {
  const { origin, fans: count, atOnce } = crowd;
  const run = Date.now().toString(36);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  out.say(`Making ${count} accounts at ${origin}`);
  const fans = await each(numbers, ACCOUNTS_AT_ONCE, async (number) =>
    makeFan(origin, `fan-${run}-${number}`),
  );
  out.say(`They join the room of concert ${crowd.concertId}, ${Math.min(count, atOnce)} at once`);
  const startedAt = Date.now();
  const stories = await each<(typeof fans)[number], Story>(fans, atOnce, async (fan) =>
    tellStory(crowd, fan),
  );
  return summaryOf(stories, Date.now() - startedAt);
}

/** Does this with each, so many at a time, with a bar where somebody looks. */
async function each<One, Made>(
  all: readonly One[],
  atOnce: number,
  work: (one: One) => Promise<Made>,
): Promise<Made[]> {
  const bar = new SingleBar({ stream: process.stderr }, Presets.shades_classic);
  if (process.stderr.isTTY) bar.start(all.length, 0);
  const made: Made[] = [];
  const left = all.values();
  const oneAfterAnother = async (): Promise<void> => {
    for (const one of left) {
      made.push(await work(one));
      bar.increment();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(all.length, atOnce) }, oneAfterAnother));
  } finally {
    bar.stop();
  }
  return made;
}
