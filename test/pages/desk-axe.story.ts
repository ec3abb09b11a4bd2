import { describe, expect, test } from '@jest/globals';
import { DeskPage } from './objects/desk';
import { useStage } from './support/browser';
import { inspect } from './support/inspect';
import { seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

describe('axe finds nothing at the desk, and nothing is wider than the screen', () => {
  test('signing in, and who has no role', async () => {
    const desk = await new DeskPage(await stage.page(null)).open();
    await inspect(desk.page, 'signing in');
    const stranger = await new DeskPage(await stage.page(await service.account())).open();
    await seen(stranger.page.getByText(/Not an account of the desk/));
    await inspect(stranger.page, 'no role');
  });

  test('every page that is linked, and a question', async () => {
    const { concertId } = await service.evening({ title: 'The last look' });
    await (await service.account()).fan.join(concertId);
    const desk = await new DeskPage(await stage.page(await service.operator())).open();
    await seen(desk.nav);
    const links = await Promise.all((await desk.nav.all()).map(async (link) => link.getAttribute('href')));
    const own = links.filter((href) => href !== null).filter((href) => href.startsWith('#/'));
    expect(own.length).toBeGreaterThan(0);
    for (const href of own) {
      await desk.open(href.slice(2));
      // What a page reads is there when the line to the service rests.
      await seen(desk.page.getByRole('heading', { level: 1 }));
      await desk.page.waitForTimeout(1500);
      await inspect(desk.page, href);
    }
  });
});
