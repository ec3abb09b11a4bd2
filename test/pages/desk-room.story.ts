import { describe, expect, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { DeskPage } from './objects/desk';
import { useStage } from './support/browser';
import { before } from './support/network';
import { picture } from './support/pictures';
import { seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

/** A room with a fan who waits, seen by the fan and at the desk. */
async function roomWithFan(title: string) {
  const { concertId } = await service.evening({ title, queue: { maxActive: 0 } });
  const concert = new ConcertPage(await stage.page(await service.account()), concertId);
  await concert.open();
  await concert.join.click();
  await seen(concert.position, /^1$/);
  const desk = await tonight();
  const room = desk.room(title);
  await seen(room, /Waiting\s*1/);
  return { concert, concertId, desk, room };
}

const tonight = async (): Promise<DeskPage> =>
  new DeskPage(await stage.page(await service.operator())).open('tonight');

describe('a room steered from the desk', () => {
  test('is paused after a question that says what will happen, and the fan is told; so with a message, and resuming', async () => {
    const { concert, concertId, desk, room } = await roomWithFan('The pause');
    await desk.button(/^Pause admission$/, room).click();
    await seen(desk.dialog, /nobody will be admitted/);
    await picture(desk.page, 'desk-pause');
    await desk.page.keyboard.press('Escape');
    await seen(concert.place, /Waiting time|You are next/);
    await desk.button(/^Pause admission$/, room).click();
    await desk.confirm(/^Pause admission$/);
    await seen(desk.effect, /Paused/);
    await seen(concert.place, /Admission is paused.*Your place is kept/);

    await desk.message(room, 'We go on at nine.');
    await desk.confirm(/^Show the message$/);
    await seen(concert.place, /We go on at nine\./);
    await desk.button(/^Resume admission$/, room).click();
    await desk.confirm(/^Resume admission$/);
    await seen(desk.effect, /Admission goes on/);
    await service.steer(concertId, { maxActive: 5 });
    await seen(concert.heading, /^You are in/);
    await seen(room, /Inside\s*1 of 5/);
    await desk.button(/admission$/, room).scrollIntoViewIfNeeded();
    await picture(desk.page, 'desk-tonight');
  });

  test('by two operators at once: the second is told what the first has done before anything is written over', async () => {
    const { concertId, desk, room, concert } = await roomWithFan('Two operators');
    let isFirst = true;
    await before(desk.page, `**/api/admin/concerts/${concertId}/queue`, async () => {
      if (isFirst) await service.steer(concertId, { message: 'From the other desk.' });
      isFirst = false;
    });
    await desk.button(/^Pause admission$/, room).click();
    await desk.button(/^Pause admission$/, desk.dialog).click();
    await seen(desk.dialog, /changed meanwhile.*From the other desk/s);
    await seen(concert.place, /From the other desk/);
    expect(await concert.place.textContent()).not.toMatch(/paused/);
    await desk.confirm(/^Make my change all the same$/);
    await seen(concert.place, /Admission is paused/);
    await seen(concert.place, /From the other desk/);
  });
});
