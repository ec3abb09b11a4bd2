import { describe, expect, test } from '@jest/globals';
import { DeskPage } from './objects/desk';
import { useStage } from './support/browser';
import { before, Meeting } from './support/network';
import { picture } from './support/pictures';
import { gone, seen } from './support/seen';
import { Service } from './support/service';
import { until } from '../support/until';

const service = Service.shared();
const stage = useStage(() => service);

/** The code of a paid ticket, and whose it is. */
async function ticket() {
  const { concertId, scheduleId } = await service.evening();
  const account = await service.account('Mina', 5000);
  await account.fan.enter(concertId);
  await account.fan.paid((await account.fan.held(scheduleId, [1])).id);
  const answer = await account.fan.send('GET', '/api/tickets');
  const [code = ''] = codesIn(answer.text);
  return { account, code };
}

/** Not by the whole contract of a ticket: its status at the door is looked at on the page. */
const codesIn = (text: string): string[] =>
  [...text.matchAll(/"code":"([^"]+)"/g)].map(([, code = '']) => code);

const door = async (): Promise<DeskPage> =>
  new DeskPage(await stage.page(await service.operator())).open('door');

describe('at the door', () => {
  test('a ticket is let in once, however it is typed, and never again', async () => {
    const { code } = await ticket();
    const desk = await door();
    await desk.checkIn(code.toLowerCase().replaceAll('-', ' '));
    await seen(desk.verdict, /Let in.*Stalls, row 1, seat 1/s);
    await picture(desk.page, 'desk-door-yes');
    await desk.checkIn(code);
    await seen(desk.verdict, /Used already.*Let in at/s);
    await picture(desk.page, 'desk-door-no');
    await desk.checkIn('NOBODY-HAS-THIS');
    await seen(desk.verdict, /No such ticket/);
  });

  test('one code at two entrances at the same moment lets one in', async () => {
    const { code } = await ticket();
    const entrances = [await door(), await door()];
    const both = new Meeting(2);
    for (const { page } of entrances) await before(page, '**/check-in', async () => both.arrive());
    for (const entrance of entrances) await entrance.checkIn(code);
    for (const { verdict } of entrances) await seen(verdict, /Let in|Used already/);
    const said = await Promise.all(
      entrances.map(async ({ verdict }) => verdict.locator('.said').textContent()),
    );
    expect(new Set(said)).toEqual(new Set(['Let in', 'Used already']));
  });

  test('a code scanned while the line is broken lets nobody in before it was sent, and is sent by itself', async () => {
    const { code } = await ticket();
    const desk = await door();
    stage.faults.expectBrokenLines();
    await desk.page.context().setOffline(true);
    await desk.checkIn(code);
    await seen(desk.verdict, /Not sent yet.*let nobody in/s);
    await desk.page.context().setOffline(false);
    await seen(desk.verdict, /Let in/);
    await gone(desk.page.getByText(/not sent yet/i));
  });

  test('an answer lost on the way is still a yes: asked again, the same scan is not a second one', async () => {
    const { code } = await ticket();
    const desk = await door();
    stage.faults.expectBrokenLines();
    let lost = 0;
    await desk.page.route('**/check-in', async (route) => {
      const response = await route.fetch();
      lost += 1;
      await (lost === 1 ? route.abort() : route.fulfill({ response }));
    });
    await desk.checkIn(code);
    await until(
      'asked again',
      async () => Promise.resolve(lost),
      (asked) => asked >= 2,
    );
    await seen(desk.verdict, /Let in/);
  });
});
