import { memberOf, userIdOf } from './members';
import type { RoomOpening } from './opening';
import { RoomUnsettledError } from './place-finder';
import { BELOW_ORDINARY } from './presale-range';
import type { DrawRecords } from './draw-records';
import { isPassing, type Passing, readClose, readPlaced } from './draw-replies';
import type { ScriptArgument } from '../lib/redis-script';
import type { Act, RoomScripts } from './scripts';

/** A lost room, a restarted Redis, a list that was lost while it was read, and one to spare. */
const MOST_TRIES = 4;
/** Of places read at once while a list is closed, and of places moved by one script: Redis does nothing else meanwhile. */
const AT_ONCE = { read: 5000, placed: 250 };

/** How a call ended: the order is in force, or the draw has to wait for something. */
export type DrawProgress = 'IN_FORCE' | 'WAITS';

interface DrawingParts {
  scripts: RoomScripts;
  draws: DrawRecords;
  opening: RoomOpening;
  atOnce?: typeof AT_ONCE;
}

/**
 * Draws. Three steps, each for good before the next begins, and each taken up again by whoever calls next: the list of
 * entrants is closed (Postgres), their order is made (Postgres), their places are put in it (Redis).
 */
export class Drawing {
  readonly #parts: Required<DrawingParts>;

  constructor(parts: DrawingParts) {
    this.#parts = { atOnce: AT_ONCE, ...parts };
  }

  /** The first step alone, if it is due: quick, while the others take a minute of a large room. */
  async closeList(concertId: string): Promise<void> {
    if ((await this.#parts.draws.due(concertId)) === 'OPEN') await this.#close(concertId);
  }

  async draw(concertId: string): Promise<DrawProgress> {
    const { draws } = this.#parts;
    let step = await draws.due(concertId);
    if (step === 'OPEN') {
      if (!(await this.#close(concertId))) return 'WAITS';
      step = await draws.due(concertId);
    }
    if (step === 'CLOSED') {
      await draws.draw(concertId);
      step = await draws.due(concertId);
    }
    if (step !== 'DRAWN') return 'WAITS';
    await this.#place(concertId);
    return 'IN_FORCE';
  }

  /** False: not yet, others may be on their way back to places that a loss took. */
  async #close(concertId: string): Promise<boolean> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const closed = await this.#run('close', concertId, [], readClose);
      if (closed.kind === 'WAITING') return false;
      const userIds = await this.#entrants(concertId, closed.upTo);
      const still = await this.#run('close', concertId, [], readClose);
      // Lost while it was read: some who are in it may not have been found.
      if (still.kind !== 'CLOSED' || still.epoch !== closed.epoch || still.upTo !== closed.upTo) continue;
      await this.#parts.draws.close(concertId, closed.upTo, userIds);
      return true;
    }
    throw new RoomUnsettledError(concertId);
  }

  /** Sixteen bytes each: as texts, a million would take much of the process. */
  async #entrants(concertId: string, upTo: number): Promise<Buffer> {
    const { scripts, atOnce } = this.#parts;
    const parts: Buffer[] = [];
    // All ordinary places: fans with a place of a presale stand in front of the draw.
    let after = String(BELOW_ORDINARY - 1);
    for (;;) {
      const places = await scripts.placesAfter(concertId, after, upTo, atOnce.read);
      parts.push(...places.map(({ member }) => Buffer.from(member, 'base64url')));
      const last = places.at(-1);
      if (last === undefined || places.length < atOnce.read) return Buffer.concat(parts);
      after = last.sequence;
    }
  }

  /** First all by the drawn order, which is quick to read; then, one by one, whoever still has a place from before. */
  async #place(concertId: string): Promise<void> {
    const { draws, atOnce } = this.#parts;
    const upTo = await draws.closedUpTo(concertId);
    let next = draws.placesAfter(concertId, 0, atOnce.placed);
    for (let places = await next; places.length > 0; places = await next) {
      const moves = places.flatMap(({ userId, position }) => [memberOf(userId), String(upTo + position)]);
      next = draws.placesAfter(concertId, places.at(-1)?.position ?? 0, atOnce.placed);
      await Promise.all([next, this.#run('place', concertId, [upTo, 0, ...moves], readPlaced)]);
    }
    await this.#placeLeft(concertId, upTo);
  }

  async #placeLeft(concertId: string, upTo: number): Promise<void> {
    const { draws, atOnce } = this.#parts;
    let moves: string[] = [];
    for (;;) {
      const reply = await this.#run('place', concertId, [upTo, atOnce.placed, ...moves], readPlaced);
      if (reply.left.length === 0) return draws.placed(concertId, reply.epoch);
      const sequences = await draws.sequencesOf(concertId, reply.left.map(userIdOf));
      moves = reply.left.flatMap((member) => [member, sequences.get(userIdOf(member)) ?? '']);
    }
  }

  /** A reply of a room that is there, opened or renewed first where that is needed. */
  async #run<Reply extends { kind: string }>(
    act: Act,
    concertId: string,
    args: readonly ScriptArgument[],
    read: (reply: unknown) => Reply | Passing,
  ): Promise<Reply> {
    const { scripts, opening } = this.#parts;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const reply = read(await scripts.run(act, concertId, args));
      if (isPassing(reply))
        await (reply.kind === 'RESTARTED' ? opening.renew(concertId) : opening.open(concertId));
      else return reply;
    }
    throw new RoomUnsettledError(concertId);
  }
}
