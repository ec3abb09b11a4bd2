import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { LRUCache } from 'lru-cache';
import type { Command } from '../../booking/types';
import type { ScheduleJobs } from '../../jobs/queues/names';
import type { ScheduleQueue } from '../../jobs/queues/queues';
import type { SeatCatalog } from '../../models/seat-catalog';

/** What the dashboard calls the queue of a date: by concert and time, as far as this process has heard of it. */
export interface QueueTitles {
  of(scheduleId: string): string;
  learn(scheduleIds: readonly string[]): Promise<void>;
}

const KEPT_TITLES = 2000;

export function createQueueTitles(catalog: Pick<SeatCatalog, 'find'>): QueueTitles {
  const titles = new LRUCache<string, string>({ max: KEPT_TITLES });
  return {
    of: (scheduleId) => titles.get(scheduleId) ?? `Date ${scheduleId}`,
    learn: async (scheduleIds) => {
      await Promise.all(
        scheduleIds.map(async (scheduleId) => {
          const found = await catalog.find(scheduleId);
          if (found === null) return;
          const { concertTitle, startAt } = found.schedule;
          const time = new Date(startAt).toISOString().slice(0, 16).replace('T', ' ');
          titles.set(scheduleId, `${concertTitle}, ${time} UTC (date ${scheduleId})`);
        }),
      );
    },
  };
}

/** The queue of a date, as operators see it: what its jobs hold, and of whom nothing. */
export class DateQueueAdapter extends BullMQAdapter {
  readonly #title: () => string;

  constructor(queue: ScheduleQueue, { readOnly, title }: { readOnly: boolean; title: () => string }) {
    super(queue, { readOnlyMode: readOnly });
    this.#title = title;
    this.setFormatter('name', ({ name, data }: { name: string; data: JobData }) => nameOf(name, data));
    this.setFormatter('data', shownData);
  }

  override getDisplayName(): string {
    return this.#title();
  }
}

type NamedCommand = Pick<Command, 'id' | 'kind'>;

/** As it was written by whatever build: or put there by hand. */
interface JobData {
  commands?: readonly NamedCommand[];
}

const OTHER_JOBS: ReadonlyMap<string, string> = new Map<keyof ScheduleJobs, string>([
  ['release', 'release of holds that have ended'],
  ['recover', 'commands that have lost their job'],
  ['callOff', 'cancellation of the show'],
]);

function nameOf(name: string, data: JobData): string {
  if (Array.isArray(data.commands)) return countedKinds(data.commands);
  return OTHER_JOBS.get(name) ?? name;
}

/** Such as `12 holds, 3 pays`. */
function countedKinds(commands: readonly NamedCommand[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of commands) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}${count === 1 ? '' : 's'}`).join(', ');
}

/** Each command's id, by which the desk finds it, and what it is: not who sent it, nor what. */
const shownData = (data: JobData): object =>
  Array.isArray(data.commands)
    ? { commands: data.commands.map(({ id, kind }: NamedCommand) => ({ id, kind })) }
    : data;
