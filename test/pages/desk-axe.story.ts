import { describe, expect, test } from '@jest/globals';
import { DeskPage } from './objects/desk';
import { useStage } from './support/browser';
import { FAULTY_PLAN } from './objects/plans';
import { inspect } from './support/inspect';
import { seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);
/** What each page shows once it has read what it is about. */
const READ: Record<string, RegExp> = {
  '#/tonight': /The last look/,
  '#/concerts': /The last look/,
  '#/fans': /Search/,
  '#/door': /Check in/,
  '#/audit': /The last look|operator@|concert:/,
  '#/staff': /operator@/,
};

describe('axe finds nothing at the desk, and nothing is wider than the screen', () => {
  test('signing in, and who has no role', async () => {
    const desk = await new DeskPage(await stage.page(null)).open();
    await inspect(desk.page, 'signing in');
    const stranger = await new DeskPage(await stage.page(await service.account())).open();
    await seen(stranger.page.getByText(/Not an account of the desk/));
    await inspect(stranger.page, 'no role');
  });

  test('every page that is linked', async () => {
    const { concertId } = await service.evening({ title: 'The last look' });
    await (await service.account()).fan.join(concertId);
    const desk = await new DeskPage(await stage.page(await service.operator())).open();
    await seen(desk.nav);
    const links = await Promise.all((await desk.nav.all()).map(async (link) => link.getAttribute('href')));
    const own = links.filter((href) => href !== null).filter((href) => href.startsWith('#/'));
    expect(own.toSorted()).toEqual(Object.keys(READ).toSorted());
    for (const href of own) {
      await desk.open(href.slice(2));
      await seen(desk.page.locator('main'), READ[href]);
      await inspect(desk.page, href);
    }
  });

  test('a concert, and a file for a date', async () => {
    const { concertId } = await service.evening({ title: 'The last look' });
    const desk = await new DeskPage(await stage.page(await service.operator())).open(`concerts/${concertId}`);
    await seen(desk.page.getByRole('region', { name: 'Dates' }), /on sale/);
    await desk.choosePlan(Buffer.from(FAULTY_PLAN));
    await seen(desk.page.locator('.faults li'));
    await inspect(desk.page, 'a concert');
  });

  test('a date with its map, and the question before the end of its sale', async () => {
    const { concertId, scheduleId } = await service.evening();
    const { fan } = await service.account();
    await fan.enter(concertId);
    await fan.held(scheduleId, [7]);
    const desk = await new DeskPage(await stage.page(await service.operator())).open(`dates/${scheduleId}`);
    await seen(desk.chair(7), /7/);
    await desk.takeOutOfSale(1, 2);
    await desk.chair(4).click();
    await inspect(desk.page, 'a date');
    await desk.button(/^Stop the sale$/).click();
    await seen(desk.dialog);
    await inspect(desk.page, 'a question');
  });

  test('a fan, and what was done', async () => {
    const { concertId, scheduleId } = await service.evening();
    const account = await service.account('Mina', 5000);
    await account.fan.enter(concertId);
    await account.fan.paid((await account.fan.held(scheduleId, [1])).id);
    const desk = await new DeskPage(await stage.page(await service.operator())).open('fans');
    await desk.find(account.signedIn.user.email);
    await seen(desk.page.getByRole('button', { name: /^Cancel and refund/ }));
    await inspect(desk.page, 'a fan');
  });
});
