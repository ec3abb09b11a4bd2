import { type Frontrow, FrontrowProblem, type Room } from '@frontrow/client';

export interface Wishes {
  concertId: string;
  /** At most; each fan wants as many as chance says. */
  seats: number;
  patienceMs: number;
}

/** What became of one fan. */
export interface Story {
  /** `bought`, the code of the refusal that ended it, or `gave up`. */
  end: string;
  /** From joining to being let in; null for who was not. */
  waitedMs: number | null;
  /** Of the answer to the hold and to the payment. */
  holdMs: number | null;
  payMs: number | null;
  seats: number;
  /** What was no answer at all: a broken line, a fault of the service. */
  fault: string | null;
}

const HARDLY_ENOUGH: ReadonlySet<string> = new Set(['NOT_TOGETHER', 'SOLD_OUT']);

/** Waits for a turn, holds the best seats, pays. A fan who cannot have as many as wished takes fewer. */
export async function tellStory(wishes: Wishes, fan: Frontrow): Promise<Story> {
  const story: Story = { end: 'bought', waitedMs: null, holdMs: null, payMs: null, seats: 0, fault: null };
  const giveUp = AbortSignal.timeout(wishes.patienceMs);
  try {
    await liveThrough(wishes, fan, story, giveUp);
  } catch (error) {
    if (error instanceof FrontrowProblem && error.status < 500) story.end = error.code;
    else if (giveUp.aborted) story.end = 'gave up';
    else {
      story.end = 'fault';
      story.fault = faultName(error);
    }
  }
  return story;
}

function faultName(error: unknown): string {
  if (error instanceof FrontrowProblem) return error.code;
  return error instanceof Error ? error.name : String(error);
}

async function liveThrough(wishes: Wishes, fan: Frontrow, story: Story, signal: AbortSignal): Promise<void> {
  const joinedAt = Date.now();
  const room = await fan.join(wishes.concertId);
  if (!(await isLetIn(room, signal))) {
    story.end = 'sold out while waiting';
    return room.leave();
  }
  story.waitedMs = Date.now() - joinedAt;
  const [date] = await room.dates();
  if (date === undefined) {
    story.end = 'no date to book';
    return;
  }
  const wanted = 1 + Math.floor(Math.random() * wishes.seats);
  const heldAt = Date.now();
  const booking = await holdSome(room, date.id, wanted);
  story.holdMs = Date.now() - heldAt;
  const paidAt = Date.now();
  const { tickets } = await room.pay(booking.id);
  story.payMs = Date.now() - paidAt;
  story.seats = tickets.length;
}

/** Most fans go home when they are told that nothing is left, though seats may come back. */
async function isLetIn(room: Room, signal: AbortSignal): Promise<boolean> {
  for await (const { status, phase } of room.states(signal)) {
    if (status === 'ACTIVE') return true;
    if (phase === 'SOLD_OUT') return false;
  }
  return false;
}

async function holdSome(room: Room, scheduleId: string, wanted: number): ReturnType<Room['hold']> {
  for (let count = wanted; ; count -= 1) {
    try {
      return await room.hold(scheduleId, { bestAvailable: { count } });
    } catch (error) {
      const mayTakeFewer = error instanceof FrontrowProblem && HARDLY_ENOUGH.has(error.code) && count > 1;
      if (!mayTakeFewer) throw error;
    }
  }
}
