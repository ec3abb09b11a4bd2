import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createCodeTries } from '../../src/api/presales/code-tries';
import { createEntry } from '../../src/api/presales/entry';
import { createPresaleStore } from '../../src/models/presale-store';
import { testRooms } from '../waiting-room/room';

const rooms = testRooms();

test('however many join while Postgres hangs, one question is under way, and who came since shares the next one', async () => {
  const room = await rooms.open();
  const { sequelize, records } = rooms.database;
  let asked = 0;
  const entry = createEntry({
    room: room.room,
    presales: createPresaleStore(sequelize),
    records: {
      running: async (id) => {
        asked += 1;
        return records.presales.running(id);
      },
    },
    tries: createCodeTries(room.redis, 1),
  });
  const join = async () =>
    entry.join({
      concertId: room.concertId,
      userId: randomUUID(),
      queueToken: null,
      accessCode: null,
      address: '',
    });
  await join();
  const hanging = await sequelize.transaction();
  await sequelize.query('LOCK TABLE presales', { transaction: hanging });
  const joining = [];
  try {
    for (let turn = 0; turn < 20; turn += 1) {
      joining.push(join());
      await nextTurn();
    }
    expect(asked).toBe(2);
  } finally {
    await hanging.rollback();
  }
  const joined = await Promise.all(joining);
  expect(joined.map((each) => each?.created)).toEqual(joining.map(() => true));
  expect(asked).toBe(3);
});
