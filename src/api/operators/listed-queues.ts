import type { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { LRUCache } from 'lru-cache';
import type { Bell } from '../../jobs/queues/bell';
import { scheduleIdOf } from '../../jobs/queues/names';
import type { Queues, ScheduleQueue } from '../../jobs/queues/queues';
import type { QueueTitles } from './board-queues';

export interface ListedQueuesParts {
  queues: Queues;
  bell: Bell;
  titles: QueueTitles;
  list: { addQueue(queue: BullMQAdapter): void; removeQueue(name: string): void };
  adapterOf(queue: ScheduleQueue): BullMQAdapter;
}

// The dashboard asks Redis for each queue that it lists, every few seconds.
const MOST_WITH_WORK = 100;
const NAMED_KEPT = { max: 100, ttl: 10 * 60_000 };
/** A queue's name, wherever it stands in what the dashboard asks for. */
const NAMED = /(?:\/queues?\/|activeQueue=)(schedule-\d{1,18})(?:[/?&]|$)/;

/** Which of thousands of schedules' queues the dashboard lists: those with work, and those that somebody looks at. */
export class ListedQueues {
  readonly #parts: ListedQueuesParts;
  readonly #listed = new Set<string>();
  /** Schedules whose queues were asked for by name: another web process may have shown the link, and asks for the page's data may come here. */
  readonly #named = new LRUCache<string, true>(NAMED_KEPT);

  constructor(parts: ListedQueuesParts) {
    this.#parts = parts;
  }

  /** Lists the queues that have work now. */
  async refresh(): Promise<void> {
    const withWork = await this.#parts.bell.rungLately(MOST_WITH_WORK);
    const wanted = new Set([...withWork, ...this.#named.keys()]);
    for (const scheduleId of this.#listed) {
      const queue = this.#parts.queues.schedule(scheduleId);
      // Paused, it has nothing to do, and would be forgotten by who resumes all that is listed.
      if (wanted.has(scheduleId) || (await queue.isPaused())) continue;
      this.#listed.delete(scheduleId);
      this.#parts.list.removeQueue(queue.name);
    }
    for (const scheduleId of wanted) this.#add(scheduleId);
    await this.#parts.titles.learn([...this.#listed]);
  }

  /** Lists the queue that a request names, before it is answered. @returns its schedule; null when it names none */
  async named(url: string): Promise<string | null> {
    const scheduleId = scheduleIdOf(NAMED.exec(decoded(url))?.[1] ?? '');
    if (scheduleId === null) return null;
    this.#named.set(scheduleId, true);
    this.#add(scheduleId);
    await this.#parts.titles.learn([scheduleId]);
    return scheduleId;
  }

  /** All that are listed, for what an operator does to all of them. */
  get scheduleIds(): string[] {
    return [...this.#listed];
  }

  #add(scheduleId: string): void {
    if (this.#listed.has(scheduleId)) return;
    this.#listed.add(scheduleId);
    this.#parts.list.addQueue(this.#parts.adapterOf(this.#parts.queues.schedule(scheduleId)));
  }
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
