import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { Stack } from '../support/stack';
import { DeskPage } from './objects/desk';
import { useStage } from './support/browser';
import { picture } from './support/pictures';
import { gone, seen } from './support/seen';
import { Service } from './support/service';

let stack: Stack;
let service: Service;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 1 });
  service = new Service(stack.origin());
});
const stage = useStage(() => service);
afterAll(async () => stack.stop({ expectErrors: true }));

describe('a desk left open', () => {
  test('while Redis is away says so, keeps what it showed as old, and goes on by itself', async () => {
    const { concertId } = await service.evening({ title: 'The long night' });
    await (await service.account()).fan.join(concertId);
    const desk = await new DeskPage(await stage.page(await service.operator())).open('tonight');
    const room = desk.room('The long night');
    await seen(room, /Inside\s*1/);
    stage.faults.expectBrokenLines();
    await stack.redis.kill();
    await seen(desk.page.getByRole('status'), /cannot reach Redis|connection.*broken/);
    await seen(room, /Inside\s*1/);
    await picture(desk.page, 'desk-away');
    await stack.redis.restart();
    await gone(desk.page.getByText(/cannot reach Redis|connection to the service is broken/));
    await seen(room);
  });
});
