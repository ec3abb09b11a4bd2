import { describe, expect, test } from '@jest/globals';
import type { QueuePolicy } from '../../src/waiting-room/queue-policy';
import { BACK_WITHIN_MS, type TestRoom, testRooms } from './room';

const rooms = testRooms();
let room: TestRoom;
async function open(policy: Partial<QueuePolicy>): Promise<void> {
  room = await rooms.open(policy);
}

describe('a tick after a silence', () => {
  test('drops nobody for a silence in which nobody ticked either', async () => {
    await open({ abandonAfterSeconds: 60 });
    await room.tick();
    const [fan, other] = await room.joinMany(2);
    await room.elapse(90_000, 'silent');
    expect(await room.tick()).toMatchObject({ admitted: 0, abandoned: 0, retryInMs: expect.any(Number) });
    await room.look(fan?.userId ?? '');
    await room.elapseTicking(1_500);
    expect(await room.tick()).toMatchObject({ admitted: 1, abandoned: 0, waiting: 1 });
    await room.elapseTicking(1_501);
    expect(await room.tick()).toMatchObject({ admitted: 0, abandoned: 1 });
    expect(await room.look(other?.userId ?? '')).toBeNull();
  });

  test('drops nobody then, either, when it could admit nobody at first', async () => {
    await open({ maxActive: 1, abandonAfterSeconds: 2 });
    const [inside, ...waiters] = await room.joinMany(4);
    await room.tick();
    await room.elapse(2_500, 'silent');
    // The first who is back says nothing of the others.
    await room.look(waiters[2]?.userId ?? '');
    expect(await room.tick()).toMatchObject({ admitted: 0, abandoned: 0, waiting: 3 });
    await room.room.leave(room.concertId, inside?.userId ?? '');
    await room.elapse(200);
    expect(await room.tick()).toMatchObject({ admitted: 0, abandoned: 0, waiting: 3 });
    for (const { userId } of waiters) await room.look(userId);
    expect(await room.tick()).toMatchObject({ admitted: 1, abandoned: 0, waiting: 2 });
  });

  test('drops nobody for a silence of the whole room: its doors may be out of reach', async () => {
    await open({ abandonAfterSeconds: 60 });
    const fans = await room.joinMany(3);
    room.policy = { ...room.policy, maxActive: 0 };
    for (let seconds = 0; seconds < 90; seconds += 2) {
      await room.elapse(2_000, 'silent');
      await room.tick();
    }
    room.policy = { ...room.policy, maxActive: 10 };
    expect(await room.tick()).toMatchObject({ admitted: 0, abandoned: 0, waiting: 3 });
    await room.look(fans[1]?.userId ?? '');
    expect(await room.tick()).toMatchObject({ admitted: 0, abandoned: 0, waiting: 3 });
    await room.elapseTicking(4_001);
    expect(await room.tick()).toMatchObject({ waiting: 0 });
    expect(await room.stats()).toMatchObject({ admittedTotal: 1, abandonedTotal: 2 });
  });

  test('takes a room for empty in which nobody has been heard of for long', async () => {
    await open({ abandonAfterSeconds: 60 });
    await room.joinMany(3);
    await room.elapse(661_000, 'silent');
    await room.tick();
    await room.elapseTicking(BACK_WITHIN_MS);
    expect(await room.tick()).toMatchObject({ waiting: 0 });
    expect((await room.stats()).abandonedTotal).toBe(3);
  });
});
