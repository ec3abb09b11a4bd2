import { answered, type Calls, type CallsOptions, createCalls } from './calls';
import { type Commands, createCommands } from './commands';
import type { components, operations } from './contract';
import type { Ended } from './jobs';
import { REPEATABLE } from './patient-fetch';
import { Room } from './room';

export { answered, type Calls, createCalls } from './calls';
export type { Seats } from './commands';
export type { components, operations, paths } from './contract';
export { eventsOf } from './event-stream';
export type { Job } from './jobs';
export { FrontrowProblem, StillQueuedError, UnreachableError } from './problem';
export { type QueueState, Room, type Waiting } from './room';

type Schemas = components['schemas'];
type Body<Name extends 'signUp' | 'logIn'> = operations[Name]['requestBody']['content']['application/json'];

export interface FrontrowOptions extends Omit<CallsOptions, 'headers'> {
  /** How long a command may take from being sent to its end: the queue may be long. */
  commandMs?: number;
}

const COMMAND_MS = 60_000;

/** A user of the service, signed in. Whatever has no method here is a call of `calls`, with its types. */
export class Frontrow {
  readonly #commands: Commands;

  private constructor(
    readonly calls: Calls,
    readonly user: Schemas['User'],
    readonly accessToken: string,
    commandMs: number,
  ) {
    this.#commands = createCommands(calls, commandMs);
  }

  /** @throws FrontrowProblem EMAIL_TAKEN … */
  static async signUp(
    origin: string,
    body: Body<'signUp'>,
    options: FrontrowOptions = {},
  ): Promise<Frontrow> {
    const made = await answered(createCalls(origin, options).POST('/api/auth/signup', { body }));
    return Frontrow.#as(origin, made, options);
  }

  /** @throws FrontrowProblem BAD_CREDENTIALS */
  static async signIn(origin: string, body: Body<'logIn'>, options: FrontrowOptions = {}): Promise<Frontrow> {
    const headers = { [REPEATABLE]: '1' };
    const found = await answered(createCalls(origin, options).POST('/api/auth/login', { body, headers }));
    return Frontrow.#as(origin, found, options);
  }

  /** With a token that is at hand: of an earlier sign-in, or of an issuer whose tokens the service takes. */
  static async withToken(
    origin: string,
    accessToken: string,
    options: FrontrowOptions = {},
  ): Promise<Frontrow> {
    const headers = () => bearer(accessToken);
    const { user } = await answered(createCalls(origin, { ...options, headers }).GET('/api/users/me'));
    return Frontrow.#as(origin, { user, accessToken }, options);
  }

  /** Takes a place in a concert's waiting room, or finds the one there is. */
  async join(concertId: string, accessCode?: string): Promise<Room> {
    const body = { concertId, ...(accessCode === undefined ? {} : { accessCode }) };
    const joined = await answered(
      this.calls.POST('/api/users/queue', { body, headers: { [REPEATABLE]: '1' } }),
    );
    return new Room(concertId, joined, this.calls, this.#commands);
  }

  /** @returns the balance after it */
  async charge(amount: number): Promise<number> {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    return (await answered(this.calls.POST('/api/points/charge', { body: { amount }, headers }))).balance;
  }

  /** Pays for seats that the waiting list has offered: those need no place in a room. */
  async payOffer(bookingId: string): Promise<Ended<'pay'>['result']> {
    return this.#commands.pay(bookingId, {});
  }

  /** Gives seats back; what was paid for them is refunded. @throws FrontrowProblem NOT_CANCELLABLE … */
  async cancel(bookingId: string): Promise<Schemas['Booking']> {
    return this.#commands.cancel(bookingId);
  }

  static #as(
    origin: string,
    { user, accessToken }: { user: Schemas['User']; accessToken: string },
    { commandMs = COMMAND_MS, ...options }: FrontrowOptions,
  ): Frontrow {
    const calls = createCalls(origin, { ...options, headers: () => bearer(accessToken) });
    return new Frontrow(calls, user, accessToken, commandMs);
  }
}

const bearer = (accessToken: string): Record<string, string> => ({ authorization: `Bearer ${accessToken}` });
