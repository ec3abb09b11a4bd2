import { describe, test } from '@jest/globals';
import { PresaleMade } from '../support/contract';
import { hoursFromNow } from '../support/times';
import { ConcertPage } from './objects/concert';
import { useStage } from './support/browser';
import { picture } from './support/pictures';
import { seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

/** A room whose presale runs now, with some of its codes. */
async function presale() {
  const opensAt = hoursFromNow(2);
  const concertId = await service.concert({ queue: { opensAt } });
  await service.date(concertId, { bookingStartAt: opensAt });
  const answer = await service.asOperator('POST', `/api/admin/concerts/${concertId}/presales`, {
    name: 'Fan club',
    startsAt: hoursFromNow(-1),
    endsAt: hoursFromNow(1),
    codes: { count: 3 },
  });
  const [code = '', used = ''] = answer.as(PresaleMade, 201).codes;
  await (await service.account()).fan.join(concertId, used);
  return { concertId, code, used };
}

describe('a presale', () => {
  test('asks for a code, says what is wrong with one, and a right one leads inside to a ticket', async () => {
    const { concertId, code, used } = await presale();
    const page = await stage.page(await service.account('Mina', 5000));
    const concert = await new ConcertPage(page, concertId).open();
    await concert.join.click();
    await seen(concert.code);
    await picture(page, 'fan-presale');
    await concert.joinWith('NOT-A-CODE');
    await seen(page.locator('.fault:visible').or(concert.alert), /not a code/i);
    await concert.joinWith(used);
    await seen(page.locator('.fault:visible').or(concert.alert), /somebody else/i);
    // As somebody types it.
    await concert.joinWith(code.toLowerCase().replaceAll('-', ' '));
    await seen(concert.heading, /^You are in/);
    await (await concert.toSeats()).holds(1);
    await concert.payNow();
    await seen(concert.heading, /^Your ticket$/);
  });

  test('leaves who has no code in front of the door, and who has taken one elsewhere comes in', async () => {
    const { concertId, code } = await presale();
    const account = await service.account();
    const concert = await new ConcertPage(await stage.page(account), concertId).open();
    await concert.join.click();
    await seen(concert.code);
    await account.fan.join(concertId, code);
    await concert.page.reload();
    await seen(concert.heading, /^You are in/);
  });
});
