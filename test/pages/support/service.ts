import { randomBytes } from 'node:crypto';
import { Bookings, ConcertMade, ScheduleMade, SignedIn } from '../../support/contract';
import { Fan } from '../../support/fan';
import { type Answer, send } from '../../support/http';
import { OPERATOR } from '../../support/stack';
import { hoursFromNow } from '../../support/times';
import type { z } from 'zod';

/** Somebody with an account: in a browser, or beside it by the service's calls. */
export interface Account {
  signedIn: z.infer<typeof SignedIn>;
  fan: Fan;
}

export interface Evening {
  concertId: string;
  scheduleId: string;
}

/** Rooms of stories let people in at once. */
const QUICK = { admitIntervalMs: 100 };
/** Always the same, so that pictures do not change by the day. */
const SHOW = { startAt: '2031-05-16T10:30:00Z', endAt: '2031-05-16T13:00:00Z' };

/** A running service, as its operator and its fans use it. */
export class Service {
  static readonly password = 'correct horse';
  #operator: Account | undefined;

  constructor(readonly origin: string) {}

  /** The one that all stories share. */
  static shared(): Service {
    const origin = process.env['PAGES_ORIGIN'];
    if (!origin) throw new Error('PAGES_ORIGIN is not set: run npm run test:page');
    return new Service(origin);
  }

  /** An account with a balance. */
  async account(name = 'Mina', points = 0): Promise<Account> {
    const email = `${name.toLowerCase()}.${randomBytes(5).toString('hex')}@example.com`;
    const answer = await send(this.origin, 'POST', '/api/auth/signup', {
      body: { name, email, password: Service.password },
    });
    const account = this.#accountOf(answer.as(SignedIn, 201));
    if (points > 0) await account.fan.send('POST', '/api/points/charge', { body: { amount: points } });
    return account;
  }

  /** Somebody else, who is in already. */
  async inside(concertId: string, points = 100_000): Promise<Fan> {
    const { fan } = await this.account('Rival', points);
    await fan.enter(concertId);
    return fan;
  }

  async operator(): Promise<Account> {
    if (this.#operator === undefined) {
      const answer = await send(this.origin, 'POST', '/api/auth/login', { body: OPERATOR });
      this.#operator = this.#accountOf(answer.as(SignedIn, 200));
    }
    return this.#operator;
  }

  async asOperator(method: string, path: string, body?: object): Promise<Answer> {
    return (await this.operator()).fan.send(method, path, body && { body });
  }

  async concert(body: { queue?: object } & Record<string, unknown> = {}): Promise<string> {
    const answer = await this.asOperator('POST', '/api/admin/concerts', {
      title: 'A long evening',
      description: 'In a deep hall.',
      ...body,
      queue: { ...QUICK, ...body.queue },
    });
    return answer.as(ConcertMade, 201).concert.id;
  }

  /** A date on sale, its seats numbered from 1: by default, one section of two rows. */
  async date(concertId: string, body: Record<string, unknown> = {}): Promise<string> {
    const answer = await this.asOperator('POST', `/api/admin/concerts/${concertId}/schedules`, {
      bookingStartAt: hoursFromNow(-1),
      bookingEndAt: hoursFromNow(48),
      ...SHOW,
      sections: [{ name: 'Stalls', rows: 2, seatsPerRow: 10, price: 1000 }],
      ...body,
    });
    return answer.as(ScheduleMade, 201).schedule.id;
  }

  async evening(concert: { queue?: object } & Record<string, unknown> = {}, date = {}): Promise<Evening> {
    const concertId = await this.concert(concert);
    return { concertId, scheduleId: await this.date(concertId, date) };
  }

  async steer(concertId: string, policy: object): Promise<void> {
    const answer = await this.asOperator('PATCH', `/api/admin/concerts/${concertId}/queue`, policy);
    if (answer.status !== 200) throw new Error(answer.told);
  }

  #accountOf(signedIn: z.infer<typeof SignedIn>): Account {
    return { signedIn, fan: new Fan(signedIn.user.id, signedIn.accessToken, [this.origin]) };
  }
}

/** What somebody has booked that is in this state. */
export async function bookingsOf({ fan }: Account, status: string) {
  return (await fan.send('GET', `/api/bookings?status=${status}`)).as(Bookings, 200).bookings;
}
