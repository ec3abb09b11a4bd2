import { describe, expect, test } from '@jest/globals';
import type { QueuePolicy } from '../../src/waiting-room/queue-policy';
import type { QueueClaims } from '../../src/waiting-room';
import { tokens } from '../support/tokens';
import { type TestRoom, testRooms } from './room';

const rooms = testRooms();
let room: TestRoom;

function claimsOf(token: string): QueueClaims {
  const reading = tokens.read(token);
  if (!reading.ok) throw new Error('the token is good');
  return reading.claims;
}

/** Two fans, the first of them inside. */
async function open(policy: Partial<QueuePolicy> = {}) {
  room = await rooms.open({ maxActive: 1, activeTtlSeconds: 100, ...policy });
  const [fan, next] = await room.joinMany(2);
  await room.tick();
  const userId = fan?.userId ?? '';
  const mayHold = async () =>
    (await room.room.admissionToHold(room.concertId, userId, claimsOf(fan?.token ?? ''))) !== null;
  const hold = async () => {
    const end = await room.hold(userId);
    await room.room.extend(room.concertId, [{ userId, untilMs: end.getTime() }]);
    return end;
  };
  return { userId, nextId: next?.userId ?? '', mayHold, hold };
}

describe('the time for choosing', () => {
  test('is not lengthened by holding; then the hold alone keeps the admission, for paying', async () => {
    const { userId, mayHold, hold } = await open();
    const end = await hold();
    expect(await mayHold()).toBe(true);
    expect(await room.look(userId)).toMatchObject({ mayHold: true });
    await room.elapse(100_001);
    expect(await mayHold()).toBe(false);
    expect(await room.look(userId)).toMatchObject({ status: 'ACTIVE', mayHold: false });
    expect(await room.room.admission(room.concertId, userId)).toMatchObject({ status: 'ACTIVE' });
    expect(end.getTime()).toBeGreaterThan(Date.now());
  });

  test('ends the admission of whoever holds and gives back in turn, and lets the next one in', async () => {
    const { userId, nextId, mayHold, hold } = await open({ activeTtlSeconds: 100 });
    for (let round = 0; round < 5; round += 1) {
      await hold();
      await room.elapse(19_000);
      await rooms.database.cancelHolds(room.concertId, userId);
      await room.room.shorten(room.concertId, [{ userId, untilMs: 0 }]);
    }
    expect(await mayHold()).toBe(true);
    await room.elapse(5_001);
    expect(await mayHold()).toBe(false);
    expect(await room.tick()).toMatchObject({ expired: 1, admitted: 1 });
    expect((await room.look(nextId))?.status).toBe('ACTIVE');
  });

  test('is not lengthened by a hold that is left when others are given back', async () => {
    const { userId, mayHold, hold } = await open();
    await hold();
    const end = await hold();
    await room.room.shorten(room.concertId, [{ userId, untilMs: end.getTime() - 1000 }]);
    await room.elapse(100_001);
    expect(await room.look(userId)).toMatchObject({ status: 'ACTIVE', mayHold: false });
    expect(await mayHold()).toBe(false);
  });

  test('is not cut short by giving seats back, nor the hold that is left', async () => {
    const { userId, hold } = await open();
    await hold();
    const end = await hold();
    await room.room.shorten(room.concertId, [{ userId, untilMs: end.getTime() - 1000 }]);
    expect((await room.look(userId))?.expiresAt).toBe(new Date(end.getTime() - 1000).toISOString());
    await room.room.shorten(room.concertId, [{ userId, untilMs: 0 }]);
    expect(await room.look(userId)).toMatchObject({ status: 'ACTIVE', mayHold: true });
    expect(await room.room.shorten(room.concertId, [])).toBe(0);
  });

  test('is what the token says, and what the room says where it does not', async () => {
    const { userId } = await open();
    const state = await room.look(userId);
    const told = claimsOf(state?.queueToken ?? '');
    expect(told.choosesUntilMs).toBe(Date.parse(state?.expiresAt ?? ''));
    const ask = async (claims: QueueClaims) => room.room.admissionToHold(room.concertId, userId, claims);
    expect(await ask(told)).toMatchObject({ status: 'ACTIVE' });
    expect(await ask({ ...told, choosesUntilMs: null })).toMatchObject({ status: 'ACTIVE' });
    // The token of an admission that is over, while another one runs.
    expect(await ask({ ...told, choosesUntilMs: Date.now() - 1000 })).toMatchObject({ status: 'ACTIVE' });
    await room.room.leave(room.concertId, userId);
    expect(await ask(told)).toBeNull();
  });

  test('is that of the admission, whatever a token of an older one says', async () => {
    const { userId, hold } = await open();
    const old = claimsOf((await room.look(userId))?.queueToken ?? '');
    await hold();
    await room.elapse(100_001);
    const later = { ...old, choosesUntilMs: Date.now() + 3_600_000 };
    expect(await room.room.admissionToHold(room.concertId, userId, later)).toBeNull();
    expect(await room.room.admission(room.concertId, userId, later)).toMatchObject({ status: 'ACTIVE' });
  });

  test('over, is told alike to all who ask at the same moment while a hold lives', async () => {
    const { userId } = await open();
    const end = await room.hold(userId);
    await room.elapse(100_001);
    const asked = Array.from({ length: 8 }, async () => room.process().look(room.concertId, userId));
    for (const state of await Promise.all(asked))
      expect(state).toMatchObject({ status: 'ACTIVE', expiresAt: end.toISOString() });
  });
});

describe('a hold handed in at the last moment', () => {
  test('keeps the admission until it must have been recorded, and not the time for choosing', async () => {
    const { userId, mayHold } = await open();
    await room.elapse(99_700);
    expect(await mayHold()).toBe(true);
    await room.elapse(301);
    expect(await mayHold()).toBe(false);
    expect(await room.tick()).toMatchObject({ expired: 0, active: 1, admitted: 0 });
    expect(await room.look(userId)).toMatchObject({ status: 'ACTIVE', mayHold: false });
    await room.elapse(5_000);
    expect(await room.tick()).toMatchObject({ expired: 1, admitted: 1 });
  });

  test('keeps it for as long as its worker is late, and no longer when it is refused', async () => {
    const { userId, nextId } = await open();
    const commandId = await rooms.database.queuedHold(room.concertId, userId);
    await room.elapse(100_001);
    expect(await room.tick()).toMatchObject({ expired: 0, active: 1, admitted: 0 });
    expect(await room.look(userId)).toMatchObject({ status: 'ACTIVE', mayHold: false });
    await room.elapse(2_001);
    expect(await room.room.admission(room.concertId, userId)).toMatchObject({ status: 'ACTIVE' });
    await rooms.database.rejectQueued(commandId);
    await room.elapse(2_001);
    expect(await room.tick()).toMatchObject({ expired: 1, admitted: 1 });
    expect((await room.look(nextId))?.status).toBe('ACTIVE');
  });

  test('is not asked for by somebody who waits', async () => {
    const { nextId } = await open();
    const claims = claimsOf((await room.look(nextId))?.queueToken ?? '');
    expect(await room.room.admissionToHold(room.concertId, nextId, claims)).toMatchObject({
      status: 'WAITING',
      position: 1,
    });
  });
});
