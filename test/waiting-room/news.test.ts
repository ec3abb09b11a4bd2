import { describe, expect, test } from '@jest/globals';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { listenToRoom, type RoomNews } from '../../src/waiting-room';
import type { QueuePolicy } from '../../src/waiting-room/queue-policy';
import { type TestRoom, testRooms } from './room';

const rooms = testRooms();
let room: TestRoom;
async function open(policy: Partial<QueuePolicy>): Promise<void> {
  room = await rooms.open(policy);
}

describe('a room', () => {
  test('tells the streams of those whose place it changed, and nobody else', async () => {
    await open({ maxActive: 1 });
    const heard: RoomNews[] = [];
    const listener = room.redis.duplicate();
    const stop = await listenToRoom(createSubscriptions(listener), room.concertId, (news) =>
      heard.push(news),
    );
    const [first, second] = await room.joinMany(2);
    await room.tick();
    await room.tick();
    await room.room.leave(room.concertId, first?.userId ?? '');
    await room.tick();
    await listener.ping();
    expect(heard).toEqual([
      { kind: 'users', userIds: [first?.userId] },
      { kind: 'users', userIds: [first?.userId] },
      { kind: 'users', userIds: [second?.userId] },
    ]);
    await stop();
    listener.disconnect();
  });

  test('tells of an admission used up by a payment, and of a policy put into force, without a tick', async () => {
    await open({ maxActive: 1 });
    const [fan] = await room.joinMany(1);
    await room.tick();
    const heard: RoomNews[] = [];
    const listener = room.redis.duplicate();
    await listenToRoom(createSubscriptions(listener), room.concertId, (news) => heard.push(news));
    const userId = fan?.userId ?? '';
    await room.room.endAdmissions(room.concertId, [{ userId, paidAtMs: Date.now() + 1000 }]);
    await room.room.setPolicy(room.concertId, { ...room.policy, paused: true });
    await room.room.setPolicy(room.concertId, { ...room.policy, paused: true });
    await listener.ping();
    expect(heard).toEqual([{ kind: 'users', userIds: [userId] }, { kind: 'room' }]);
    listener.disconnect();
  });

  test('tells all streams of a changed policy, once', async () => {
    await open({ maxActive: 0 });
    await room.joinMany(2);
    await room.tick();
    const heard: RoomNews[] = [];
    const listener = room.redis.duplicate();
    await listenToRoom(createSubscriptions(listener), room.concertId, (news) => heard.push(news));
    room.policy = { ...room.policy, paused: true };
    await room.tick();
    await room.tick();
    await listener.ping();
    expect(heard).toEqual([{ kind: 'room' }]);
    listener.disconnect();
  });
});
