import { describe, expect, test } from '@jest/globals';
import { Draw, DrawOrder } from '../support/contract';
import { send } from '../support/http';
import { ConcertPage } from './objects/concert';
import { useStage } from './support/browser';
import { picture } from './support/pictures';
import { seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);
const OPENS_IN_MS = 8000;

describe('a draw', () => {
  test('counts down, then gives a place and shows how to check it; who comes later is told so', async () => {
    const opensAt = new Date(Date.now() + OPENS_IN_MS).toISOString();
    // Nobody is let in: the place can be looked at.
    const { concertId } = await service.evening({ queue: { order: 'draw', opensAt, maxActive: 0 } });
    for (let others = 0; others < 4; others += 1) await (await service.account()).fan.join(concertId);
    const page = await stage.page(await service.account());
    const concert = await new ConcertPage(page, concertId).open();
    await concert.join.click();
    await seen(concert.place, /You are in the draw.*random place.*in \d+ s/);
    expect(await concert.position.isVisible()).toBe(false);
    await concert.proof.click();
    await seen(concert.proofFacts, /told when it is drawn/);
    await picture(page, 'fan-draw');
    const pseudonym = await named(concert);
    const secondsLeft = await countdown(concert);
    await seen(concert.place, new RegExp(`in ${secondsLeft - 2} s`));

    await seen(concert.position, /^[1-5]$/);
    const draw = (await send(service.origin, 'GET', `/api/concerts/${concertId}/draw`)).as(Draw, 200);
    await seen(concert.proofFacts, new RegExp(`Seed\\s*${draw.seed}`));
    const order = await send(service.origin, 'GET', `/api/concerts/${concertId}/draw/order`);
    const place = Number(await concert.position.textContent());
    expect(order.as(DrawOrder, 200).order[place - 1]).toBe(pseudonym);

    const late = await new ConcertPage(await stage.page(await service.account()), concertId).open();
    await late.join.click();
    await seen(late.position, /^6$/);
  });
});

async function named(concert: ConcertPage): Promise<string> {
  const words = await concert.place.getByText(/In the list you are called/).textContent();
  return /called (\S+)\.$/.exec(words ?? '')?.[1] ?? '';
}

async function countdown(concert: ConcertPage): Promise<number> {
  return Number(/in (\d+) s/.exec((await concert.place.textContent()) ?? '')?.[1]);
}
