import { expect } from '@jest/globals';
import { z, type ZodType } from 'zod';
import { DeskStateView } from '../../src/desk/state';
import * as contract from '../support/contract';
import type { Sent } from '../support/http';
import { OPERATOR } from '../support/stack';
import { hoursFromNow } from '../support/times';

/** Whose tokens a row is asked with. The waiter waits behind the fan; the outsider has no place. */
export type Caller = 'anybody' | 'fan' | 'waiter' | 'outsider' | 'operator';

/** The ids that stand in for `{…}` in paths and queries, unless the row has others. */
export type Ids = Record<
  | 'concertId'
  | 'scheduleId'
  | 'seatId'
  | 'bookingId'
  | 'jobId'
  | 'entryId'
  | 'ticketId'
  | 'ticketCode'
  | 'userId'
  | 'list',
  string
>;

interface Ask extends Sent {
  query?: string;
  ids?: Partial<Ids>;
}

/** What is asked, by whom, with what, and the answer: a problem's status and code, or a status and the body's shape. */
type Row = [what: string, by: Caller, ask: Ask, answer: string | [number, ZodType | null], headers?: object];

export interface ContractRow {
  operation: string;
  what: string;
  by: Caller;
  ask: Ask;
  /** The status, and the code of a problem. */
  said: string;
  shape: ZodType | null;
  headers: object;
}

const some = expect.stringMatching(/./);
const seconds = expect.stringMatching(/^[1-9]\d*$/);
const NOWHERE = '999999';
const NOBODYS = '019a0000-0000-7000-8000-000000000000';
const signup = { email: 'Someone@fans.test', password: 'long enough', name: 'Some One' };
const HERE = { query: '?concertId={concertId}' };

/** A date whose booking opens an hour from now. */
export const DATE = {
  bookingStartAt: hoursFromNow(1),
  bookingEndAt: hoursFromNow(2),
  startAt: hoursFromNow(3),
  endAt: hoursFromNow(4),
  sections: [
    { name: 'A', rows: 5, seatsPerRow: 10, price: 100, attributes: { accessible: 'true' } },
    { name: 'B', rows: 1, seatsPerRow: 3, price: 50 },
  ],
};

const PLANNED = { ...DATE, sections: undefined, plan: 'section,row,number,price\nA,1,7,100\n' };

const PRESALE = { name: 'P', startsAt: hoursFromNow(1), endsAt: hoursFromNow(2), codes: { count: 2 } };

const state = contract.QueueState;
const job = contract.JobAnswer;
const waiting = { headers: { prefer: 'wait=10' } };
const recorded = { location: expect.stringMatching(/^\/api\/jobs\//), 'retry-after': seconds };

const OPERATIONS: Record<string, Row[]> = {
  'POST /api/auth/signup': [
    ['a new account', 'anybody', { body: signup }, [201, contract.SignedIn]],
    ['a known address', 'anybody', { body: { ...signup, email: 'someONE@fans.test' } }, '409 EMAIL_TAKEN'],
    ['faults', 'anybody', { body: { email: 'no', password: 'short' } }, '400 INVALID_REQUEST'],
  ],
  'POST /api/auth/login': [
    ['the right password', 'anybody', { body: signup }, [200, contract.SignedIn]],
    ['a wrong password', 'anybody', { body: { ...signup, password: 'wrong one' } }, '401 BAD_CREDENTIALS'],
    ['an unknown user', 'anybody', { body: { ...signup, email: 'x@fans.test' } }, '401 BAD_CREDENTIALS'],
  ],
  'POST /api/auth/logout': [
    ['no token', 'anybody', {}, '401 TOKEN_MISSING', { 'www-authenticate': some }],
    ['a user', 'outsider', {}, [204, null]],
  ],
  'GET /api/users/me': [
    ['after signing out', 'outsider', {}, '401 TOKEN_REVOKED'],
    ['a user', 'fan', {}, [200, z.strictObject({ user: contract.User })]],
  ],
  'POST /api/users/queue': [
    ['again', 'waiter', { body: { concertId: '{concertId}' } }, [200, state], { 'retry-after': seconds }],
    ['no such concert', 'fan', { body: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
  ],
  'GET /api/users/queue': [
    ['an admitted fan', 'fan', HERE, [200, state], { 'retry-after': seconds }],
    ['a waiter', 'waiter', HERE, [200, state], { 'retry-after': seconds }],
    ['without a place', 'operator', HERE, '404 NOT_QUEUED'],
    ['no concert', 'fan', {}, '400 INVALID_REQUEST'],
  ],
  'GET /api/users/queue/events': [['without a place', 'operator', HERE, '404 NOT_QUEUED']],
  'GET /.well-known/jwks.json': [
    [
      'no key of ours',
      'anybody',
      {},
      [200, z.strictObject({ keys: z.tuple([]) })],
      { 'cache-control': some },
    ],
  ],
  'GET /api/concerts': [
    ['a page', 'anybody', { query: '?limit=1' }, [200, contract.Concerts]],
    ['a page of no size', 'anybody', { query: '?limit=0' }, '400 INVALID_REQUEST'],
    ['a page too large', 'anybody', { query: '?limit=101' }, '400 INVALID_REQUEST'],
  ],
  'GET /api/concerts/{concertId}': [
    ['a concert', 'anybody', {}, [200, z.strictObject({ concert: contract.Concert })]],
    ['no such concert', 'anybody', { ids: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
  ],
  'GET /api/concerts/{concertId}/schedules/bookable': [
    ['an admitted fan', 'fan', {}, [200, contract.Bookable]],
    ['a waiter', 'waiter', {}, '403 QUEUE_WAITING', { 'retry-after': seconds }],
    ['no such concert', 'fan', { ids: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
  ],
  'GET /api/concerts/{concertId}/schedules': [
    ['whoever is outside', 'waiter', {}, [200, contract.Bookable]],
    ['nobody', 'anybody', {}, '401 TOKEN_MISSING'],
    ['no such concert', 'waiter', { ids: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
  ],
  'POST /api/concerts/schedules/{scheduleId}/waitlist': [
    ['a date with free seats', 'waiter', { body: { count: 1 } }, '409 NOT_SOLD_OUT'],
    ['no count', 'waiter', { body: {} }, '400 INVALID_REQUEST'],
    ['more than the limit', 'waiter', { body: { count: 8 } }, '409 SEAT_LIMIT'],
    ['no such section', 'waiter', { body: { count: 1, sections: ['Z'] } }, '404 SEAT_NOT_FOUND'],
    ['more than there are', 'waiter', { body: { count: 4, accessible: true } }, [201, contract.EntryAnswer]],
    ['the same', 'waiter', { body: { count: 4, accessible: true } }, [200, contract.EntryAnswer]],
    ['another wish', 'waiter', { body: { count: 3, accessible: true } }, '409 ALREADY_WAITING'],
    [
      'no such date',
      'waiter',
      { ids: { scheduleId: NOWHERE }, body: { count: 1 } },
      '404 SCHEDULE_NOT_FOUND',
    ],
    ['no access token', 'anybody', { body: { count: 1 } }, '401 TOKEN_MISSING'],
  ],
  'GET /api/waitlist': [
    ['mine', 'waiter', {}, [200, contract.Entries]],
    ['a cursor of nothing', 'waiter', { query: '?cursor=x' }, [200, contract.Entries]],
    ['a page of no size', 'waiter', { query: '?limit=0' }, '400 INVALID_REQUEST'],
  ],
  'GET /api/waitlist/events': [['no access token', 'anybody', {}, '401 TOKEN_MISSING']],
  'DELETE /api/waitlist/{entryId}': [
    ['nobody’s', 'waiter', { ids: { entryId: NOBODYS } }, '404 ENTRY_NOT_FOUND'],
    ['what can be none', 'waiter', { ids: { entryId: '7' } }, '404 ENTRY_NOT_FOUND'],
    ['no access token', 'anybody', { ids: { entryId: NOBODYS } }, '401 TOKEN_MISSING'],
  ],
  'GET /api/concerts/schedules/{scheduleId}/seats': [
    ['an admitted fan', 'fan', {}, [200, contract.SeatMap], { etag: some }],
    ['since a version', 'fan', { query: '?since=2' }, [200, contract.SeatChanges], { etag: some }],
    ['since one long ago', 'fan', { query: '?since=0' }, [200, contract.SeatMap], { etag: some }],
    ['since no version', 'fan', { query: '?since=x' }, '400 INVALID_REQUEST'],
    ['no queue token', 'fan', { queueToken: null }, '403 QUEUE_TOKEN_MISSING'],
    ['a bad queue token', 'fan', { queueToken: 'x.y.z' }, '403 QUEUE_TOKEN_INVALID'],
    ['no access token', 'fan', { token: null }, '401 TOKEN_MISSING'],
    ['no such date', 'fan', { ids: { scheduleId: NOWHERE } }, '404 SCHEDULE_NOT_FOUND'],
  ],
  'GET /api/concerts/schedules/{scheduleId}/seats/events': [
    ['a waiter', 'waiter', {}, '403 QUEUE_WAITING'],
    ['no access token', 'fan', { token: null }, '401 TOKEN_MISSING'],
    ['no such date', 'fan', { ids: { scheduleId: NOWHERE } }, '404 SCHEDULE_NOT_FOUND'],
    ['since no version', 'fan', { query: '?since=x' }, '400 INVALID_REQUEST'],
  ],
  'POST /api/concerts/seats/{seatId}/book': [
    ['a free seat', 'fan', { ids: { seatId: '{scheduleId}-20' } }, [202, job], recorded],
    ['no such seat', 'fan', { ids: { seatId: '{scheduleId}-51' } }, '404 SEAT_NOT_FOUND'],
    ['what can be no seat', 'fan', { ids: { seatId: '0-0' } }, '404 SEAT_NOT_FOUND'],
    ['the same, no access token', 'fan', { ids: { seatId: '0-0' }, token: null }, '401 TOKEN_MISSING'],
    [
      'the same, no queue token',
      'fan',
      { ids: { seatId: '0-0' }, queueToken: null },
      '403 QUEUE_TOKEN_MISSING',
    ],
    ['a key that cannot be', 'fan', { headers: { 'idempotency-key': 'a b' } }, '400 INVALID_REQUEST'],
    ['a waiter', 'waiter', { ids: { seatId: '{scheduleId}-21' } }, '403 QUEUE_WAITING'],
  ],
  'POST /api/concerts/schedules/{scheduleId}/bookings': [
    [
      'seats by id',
      'fan',
      { ...waiting, body: { seatIds: ['{scheduleId}-21', '{scheduleId}-22'] } },
      [200, job],
    ],
    ['a taken seat', 'fan', { body: { seatNumbers: [22, 23] } }, '409 SEAT_TAKEN'],
    ['ids and numbers', 'fan', { body: { seatNumbers: [1], seatIds: ['1-1'] } }, '400 INVALID_REQUEST'],
    ['no seats', 'fan', { body: { seatNumbers: [] } }, '400 INVALID_REQUEST'],
    ['the best', 'fan', { ...waiting, body: { bestAvailable: { count: 1 } } }, [200, job]],
    [
      'the best and chosen',
      'fan',
      { body: { seatNumbers: [1], bestAvailable: { count: 1 } } },
      '400 INVALID_REQUEST',
    ],
    ['the best of none', 'fan', { body: { bestAvailable: { count: 0 } } }, '400 INVALID_REQUEST'],
    ['the best of too many', 'fan', { body: { bestAvailable: { count: 101 } } }, '400 INVALID_REQUEST'],
    ['the best of a text', 'fan', { body: { bestAvailable: { count: '4' } } }, '400 INVALID_REQUEST'],
    [
      'the best beyond the limit',
      'fan',
      { ...waiting, body: { bestAvailable: { count: 9 } } },
      '409 SEAT_LIMIT',
    ],
    [
      'the best of no such section',
      'fan',
      { ...waiting, body: { bestAvailable: { count: 1, sections: ['Nowhere'] } } },
      '404 SEAT_NOT_FOUND',
    ],
    ["another date's seat", 'fan', { body: { seatIds: [`${NOWHERE}-1`] } }, '404 SEAT_NOT_FOUND'],
    ['too many seats', 'fan', { ...waiting, body: { seatNumbers: [24, 25, 26, 27, 28] } }, '409 SEAT_LIMIT'],
    [
      'no such date',
      'fan',
      { ids: { scheduleId: NOWHERE }, body: { seatNumbers: [1] } },
      '404 SCHEDULE_NOT_FOUND',
    ],
  ],
  'POST /api/concerts/bookings/{bookingId}/pay': [
    ['paid already', 'fan', waiting, '409 ALREADY_PAID'],
    ['nobody’s', 'fan', { ids: { bookingId: NOBODYS } }, '404 BOOKING_NOT_FOUND'],
    ['what can be none', 'fan', { ids: { bookingId: '7' } }, '404 BOOKING_NOT_FOUND'],
  ],
  'POST /api/concerts/bookings/{bookingId}/cancel': [
    ['held', 'fan', { ids: { bookingId: '{jobId}' } }, [202, job], recorded],
    ['nobody’s', 'fan', { ids: { bookingId: NOBODYS } }, '404 BOOKING_NOT_FOUND'],
  ],
  'GET /api/jobs/{jobId}': [
    ['one that has ended', 'fan', {}, [200, job]],
    ['another user’s', 'waiter', {}, '404 JOB_NOT_FOUND'],
    ['none', 'fan', { ids: { jobId: '7' } }, '404 JOB_NOT_FOUND'],
  ],
  'GET /api/bookings': [
    ['mine', 'fan', { query: '?limit=1&status=PAID' }, [200, contract.Bookings]],
    ['an unknown status', 'fan', { query: '?status=LOST' }, '400 INVALID_REQUEST'],
  ],
  'GET /api/bookings/{bookingId}': [
    ['mine', 'fan', {}, [200, z.strictObject({ booking: contract.Booking })]],
    ['another user’s', 'waiter', {}, '404 BOOKING_NOT_FOUND'],
  ],
  'GET /api/tickets': [['mine', 'fan', {}, [200, contract.Tickets]]],
  'GET /api/payments': [['mine', 'fan', {}, [200, contract.Payments]]],
  'GET /api/points': [['mine', 'fan', {}, [200, contract.Balance]]],
  'POST /api/points/charge': [
    ['the least', 'fan', { body: { amount: 1 } }, [200, contract.Charged]],
    ['the most', 'fan', { body: { amount: 10_000_000 } }, [200, contract.Charged]],
    ['more than the most', 'fan', { body: { amount: 10_000_001 } }, '400 INVALID_REQUEST'],
    ['nothing', 'fan', { body: { amount: 0 } }, '400 INVALID_REQUEST'],
    ['half a point', 'fan', { body: { amount: 1.5 } }, '400 INVALID_REQUEST'],
  ],
  'GET /api/points/history': [['mine', 'fan', { query: '?limit=2' }, [200, contract.History]]],
  'POST /api/admin/concerts': [
    [
      'all of it',
      'operator',
      { body: { title: 'N', description: 'x', seatLimit: 2 } },
      [201, contract.ConcertMade],
    ],
    ['a fan', 'fan', { body: { title: 'New', description: 'x' } }, '403 FORBIDDEN'],
  ],
  'PATCH /api/admin/concerts/{concertId}': [
    ['a part', 'operator', { body: { description: 'y' } }, [200, contract.ConcertMade]],
    ['nothing', 'operator', { body: {} }, [200, contract.ConcertMade]],
    ['what cannot be', 'operator', { body: { title: ' ', seatLimit: 0 } }, '400 INVALID_REQUEST'],
    ['no such concert', 'operator', { body: {}, ids: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
    ['a fan', 'fan', { body: { title: 'Mine' } }, '403 FORBIDDEN'],
  ],
  'POST /api/admin/concerts/{concertId}/schedules': [
    ['a date', 'operator', { body: DATE }, [201, contract.ScheduleMade]],
    [
      'an end before the start',
      'operator',
      { body: { ...DATE, endAt: hoursFromNow(1) } },
      '400 INVALID_REQUEST',
    ],
    ['no such concert', 'operator', { body: DATE, ids: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
    ['a plan', 'operator', { body: PLANNED }, [201, contract.ScheduleMade]],
    ['a plan with faults', 'operator', { body: { ...PLANNED, plan: 'x' } }, '400 INVALID_REQUEST'],
    ['both', 'operator', { body: { ...DATE, plan: PLANNED.plan } }, '400 INVALID_REQUEST'],
    ['neither', 'operator', { body: { ...PLANNED, plan: undefined } }, '400 INVALID_REQUEST'],
    ['a fan', 'fan', { body: DATE }, '403 FORBIDDEN'],
  ],
  'POST /api/admin/plans/check': [
    ['one with faults', 'operator', { body: { plan: 'x' } }, [200, contract.PlanChecked]],
    ['none', 'operator', { body: {} }, '400 INVALID_REQUEST'],
    ['a fan', 'fan', { body: { plan: 'x' } }, '403 FORBIDDEN'],
  ],
  'GET /api/admin/schedules/{scheduleId}/plan.csv': [
    ['of a date', 'operator', {}, [200, z.string()], { 'content-disposition': some }],
    ['no such date', 'operator', { ids: { scheduleId: NOWHERE } }, '404 SCHEDULE_NOT_FOUND'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/concerts': [
    ['all', 'operator', { query: '?limit=2' }, [200, contract.ListedConcerts]],
    ['a part of a title', 'operator', { query: '?q=n' }, [200, contract.ListedConcerts]],
    ['a cursor of nothing', 'operator', { query: '?cursor=x' }, [200, contract.ListedConcerts]],
    ['a NUL', 'operator', { query: '?q=%00' }, '400 INVALID_REQUEST'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/concerts/{concertId}/schedules': [
    ['all', 'operator', {}, [200, contract.Dates]],
    ['no such concert', 'operator', { ids: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/schedules/{scheduleId}': [
    ['a date', 'operator', {}, [200, contract.DateFound]],
    ['no such date', 'operator', { ids: { scheduleId: NOWHERE } }, '404 SCHEDULE_NOT_FOUND'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/schedules/{scheduleId}/seats': [
    ['the map', 'operator', {}, [200, contract.SeatMap], { etag: some }],
    ['no such date', 'operator', { ids: { scheduleId: NOWHERE } }, '404 SCHEDULE_NOT_FOUND'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'PATCH /api/admin/schedules/{scheduleId}': [
    ['nothing', 'operator', { body: {} }, [200, contract.ScheduleChanged]],
    ['a part', 'operator', { body: { endAt: hoursFromNow(90) } }, [200, contract.ScheduleChanged]],
    ['an end before the start', 'operator', { body: { endAt: hoursFromNow(-9) } }, '400 INVALID_REQUEST'],
    ['what cannot be', 'operator', { body: { stopped: 'yes' } }, '400 INVALID_REQUEST'],
    ['no such date', 'operator', { body: {}, ids: { scheduleId: NOWHERE } }, '404 SCHEDULE_NOT_FOUND'],
    ['a fan', 'fan', { body: { stopped: true } }, '403 FORBIDDEN'],
  ],
  'POST /api/admin/schedules/{scheduleId}/blocks': [
    ['free seats', 'operator', { body: { seatNumbers: [48, 49] } }, [200, contract.Blocked]],
    ['one that is held', 'operator', { body: { seatNumbers: [22, 50] } }, '409 SEAT_TAKEN'],
    ['no such seat', 'operator', { body: { seatNumbers: [51] } }, '404 SEAT_NOT_FOUND'],
    ['none', 'operator', { body: { seatNumbers: [] } }, '400 INVALID_REQUEST'],
    ['a fan', 'fan', { body: { seatNumbers: [50] } }, '403 FORBIDDEN'],
    [
      'no such date',
      'operator',
      { body: { seatNumbers: [1] }, ids: { scheduleId: NOWHERE } },
      '404 SCHEDULE_NOT_FOUND',
    ],
  ],
  'DELETE /api/admin/schedules/{scheduleId}/blocks': [
    ['one of them', 'operator', { body: { seatNumbers: [48] } }, [200, contract.Blocked]],
    ['no such seat', 'operator', { body: { seatNumbers: [51] } }, '404 SEAT_NOT_FOUND'],
    ['a fan', 'fan', { body: { seatNumbers: [49] } }, '403 FORBIDDEN'],
  ],
  'POST /api/admin/schedules/{scheduleId}/cancel': [
    ['without a reason', 'operator', { body: { reason: ' ' } }, '400 INVALID_REQUEST'],
    ['half a character', 'operator', { body: { reason: '\ud800' } }, '400 INVALID_REQUEST'],
    [
      'no such date',
      'operator',
      { body: { reason: 'x' }, ids: { scheduleId: NOWHERE } },
      '404 SCHEDULE_NOT_FOUND',
    ],
    ['a fan', 'fan', { body: { reason: 'x' } }, '403 FORBIDDEN'],
  ],
  'GET /api/admin/schedules/{scheduleId}/cancellation': [
    ['none', 'operator', {}, '404 NO_CANCELLATION'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'POST /api/admin/bookings/{bookingId}/cancel': [
    ['nobody’s', 'operator', { body: { reason: 'x' }, ids: { bookingId: NOBODYS } }, '404 BOOKING_NOT_FOUND'],
    ['without a reason', 'operator', { body: {} }, '400 INVALID_REQUEST'],
    ['a fan', 'fan', { body: { reason: 'x' } }, '403 FORBIDDEN'],
  ],
  'PATCH /api/admin/concerts/{concertId}/queue': [
    ['a part', 'operator', { body: { activeTtlSeconds: 400 } }, [200, contract.PolicyAnswer], { etag: some }],
    ['in view of another policy', 'operator', { body: { maxActive: 1 }, headers: { 'if-match': '"another"' } }, '412 PRECONDITION_FAILED'], // prettier-ignore
    ['what cannot be', 'operator', { body: { maxActive: -1 } }, '400 INVALID_REQUEST'],
    ['a fan', 'fan', { body: { maxActive: 1 } }, '403 FORBIDDEN'],
    ['a fan, no concert', 'fan', { body: {}, ids: { concertId: 'x' } }, '403 FORBIDDEN'],
    ['what can be no concert', 'operator', { body: {}, ids: { concertId: 'x' } }, '404 CONCERT_NOT_FOUND'],
  ],
  'GET /api/admin/concerts/{concertId}/queue': [
    ['an operator', 'operator', {}, [200, contract.RoomStats]],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/concerts/{concertId}/sales': [
    ['an operator', 'operator', {}, [200, contract.Sales], { 'cache-control': 'no-store' }],
    ['no such concert', 'operator', { ids: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/concerts/{concertId}/curves': [
    ['an operator', 'operator', {}, [200, contract.Curves]],
    ['no such concert', 'operator', { ids: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/desk': [
    ['an operator', 'operator', {}, [200, DeskStateView]],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/desk/events': [['a fan', 'fan', {}, '403 FORBIDDEN']],
  'POST /api/admin/concerts/{concertId}/presales': [
    ['in a room that is open', 'operator', { body: PRESALE }, '400 INVALID_REQUEST'],
    ['neither a number nor a list', 'operator', { body: { ...PRESALE, codes: {} } }, '400 INVALID_REQUEST'],
    ['no such concert', 'operator', { body: PRESALE, ids: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
    ['a fan', 'fan', { body: PRESALE }, '403 FORBIDDEN'],
  ],
  'GET /api/admin/concerts/{concertId}/presales': [
    ['none', 'operator', {}, [200, contract.Presales]],
    ['no such concert', 'operator', { ids: { concertId: NOWHERE } }, '404 CONCERT_NOT_FOUND'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/staff': [
    ['an operator', 'operator', {}, [200, contract.Staff]],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
    ['nobody', 'anybody', {}, '401 TOKEN_MISSING'],
  ],
  'POST /api/admin/staff': [
    ['a role', 'operator', { body: { email: signup.email, role: 'door' } }, [200, contract.RoleGiven]],
    ['none', 'operator', { body: { email: signup.email, role: 'user' } }, [200, contract.RoleGiven]],
    ['no role of ours', 'operator', { body: { email: signup.email, role: 'root' } }, '400 INVALID_REQUEST'],
    ['no such user', 'operator', { body: { email: 'x@fans.test', role: 'door' } }, '404 USER_NOT_FOUND'],
    ['the last one', 'operator', { body: { email: OPERATOR.email, role: 'user' } }, '409 LAST_OPERATOR'],
    ['a fan', 'fan', { body: { email: signup.email, role: 'operator' } }, '403 FORBIDDEN'],
  ],
  'GET /api/admin/audit': [
    ['a page', 'operator', { query: '?limit=2' }, [200, contract.AuditPage]],
    ['of a concert', 'operator', { query: '?subject=concert:{concertId}' }, [200, contract.AuditPage]],
    ['by the service', 'operator', { query: '?who=service&action=staff.role' }, [200, contract.AuditPage]],
    ['of a time', 'operator', { query: '?from=2026-01-01T00:00:00Z' }, [200, contract.AuditPage]],
    ['a cursor of nothing', 'operator', { query: '?cursor=x' }, [200, contract.AuditPage]],
    ['no time', 'operator', { query: '?from=yesterday' }, '400 INVALID_REQUEST'],
    ['a subject twice', 'operator', { query: '?subject=a&subject=b' }, '400 INVALID_REQUEST'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/audit.csv': [
    ['all of it', 'operator', {}, [200, z.string()], { 'content-disposition': some }],
    ['a NUL', 'operator', { query: '?who=%00' }, '400 INVALID_REQUEST'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/concerts/{concertId}/draw': [
    ['none', 'anybody', {}, '404 NO_DRAW'],
    ['what can be no concert', 'anybody', { ids: { concertId: 'x' } }, '404 CONCERT_NOT_FOUND'],
  ],
  'GET /api/concerts/{concertId}/draw/order': [
    ['none', 'anybody', {}, '404 NO_DRAW'],
    ['a cursor of nothing', 'anybody', { query: '?cursor=-1' }, '400 INVALID_REQUEST'],
    ['too large a page', 'anybody', { query: '?limit=10001' }, '400 INVALID_REQUEST'],
  ],
  'POST /api/admin/concerts/{concertId}/draw/beacon': [
    ['no draw', 'operator', { body: { source: 'a lottery' } }, '404 NO_DRAW'],
    ['nothing', 'operator', { body: {} }, '400 INVALID_REQUEST'],
    ['a fan', 'fan', { body: { source: 'a lottery' } }, '403 FORBIDDEN'],
  ],
  'GET /api/tickets/{ticketId}/qr.svg': [
    ['their own', 'fan', {}, [200, z.string()], { etag: some, 'cache-control': 'private, no-cache' }],
    ["somebody else's", 'waiter', {}, '404 TICKET_NOT_FOUND'],
    ['no such ticket', 'fan', { ids: { ticketId: NOBODYS } }, '404 TICKET_NOT_FOUND'],
    ['nobody', 'anybody', {}, '401 TOKEN_MISSING'],
  ],
  'GET /api/tickets/{ticketId}/calendar.ics': [
    ['their own', 'fan', {}, [200, z.string()], { etag: some, 'content-disposition': some }],
    ["somebody else's", 'waiter', {}, '404 TICKET_NOT_FOUND'],
  ],
  'POST /api/admin/tickets/check-in': [
    [
      'a wrong date',
      'operator',
      { body: { code: '{ticketCode}', scheduleId: NOWHERE } },
      '409 TICKET_FOR_ANOTHER_DATE',
    ],
    ['a ticket', 'operator', { body: { code: '{ticketCode}', scanId: NOBODYS } }, [200, contract.CheckedIn]],
    [
      'the same scan',
      'operator',
      { body: { code: '{ticketCode}', scanId: NOBODYS } },
      [200, contract.CheckedIn],
      { 'idempotency-replayed': 'true' },
    ],
    ['another scan', 'operator', { body: { code: '{ticketCode}' } }, '409 ALREADY_USED'],
    ['no such code', 'operator', { body: { code: 'x' } }, '404 TICKET_NOT_FOUND'],
    ['nothing', 'operator', { body: {} }, '400 INVALID_REQUEST'],
    ['a fan', 'fan', { body: { code: '{ticketCode}' } }, '403 FORBIDDEN'],
  ],
  'GET /api/admin/door/dates': [
    ['of today', 'operator', {}, [200, contract.DoorDates]],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/door/dates/{scheduleId}': [
    ['a date', 'operator', {}, [200, contract.DoorCount]],
    ['no such date', 'operator', { ids: { scheduleId: NOWHERE } }, '404 SCHEDULE_NOT_FOUND'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/search': [
    ['a booking', 'operator', { query: '?q={bookingId}' }, [200, contract.FansFound]],
    ['nothing', 'operator', {}, '400 INVALID_REQUEST'],
    ['a fan', 'fan', { query: '?q=x' }, '403 FORBIDDEN'],
  ],
  'GET /api/admin/users/{userId}': [
    ['a fan', 'operator', {}, [200, contract.FanFound]],
    ['nobody', 'operator', { ids: { userId: NOBODYS } }, '404 USER_NOT_FOUND'],
    ['by a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/users/{userId}/{list}': [
    ['a page', 'operator', { query: '?limit=1' }, [200, contract.ListOfFan]],
    ['no such list', 'operator', { ids: { list: 'secrets' } }, '404 NOT_FOUND'],
    ['nobody', 'operator', { ids: { userId: NOBODYS } }, '404 USER_NOT_FOUND'],
    ['by a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'GET /api/admin/schedules/{scheduleId}/export.csv': [
    ['a date', 'operator', {}, [200, z.string()], { 'cache-control': 'no-store' }],
    ['no such date', 'operator', { ids: { scheduleId: NOWHERE } }, '404 SCHEDULE_NOT_FOUND'],
    ['a fan', 'fan', {}, '403 FORBIDDEN'],
  ],
  'DELETE /api/users/queue': [['a waiter', 'waiter', HERE, [204, null]]],
};

export const ROWS: ContractRow[] = Object.entries(OPERATIONS).flatMap(([operation, rows]) =>
  rows.map(([what, by, ask, answer, headers = {}]) => ({
    operation,
    what,
    by,
    ask,
    said: typeof answer === 'string' ? answer : String(answer[0]),
    shape: typeof answer === 'string' ? null : answer[1],
    headers,
  })),
);
