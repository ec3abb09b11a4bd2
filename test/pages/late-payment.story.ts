import { describe, expect, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { useStage } from './support/browser';
import { holdBack } from './support/network';
import { gone, seen } from './support/seen';
import { bookingsOf, Service } from './support/service';
import { until } from '../support/until';

const service = Service.shared();
const stage = useStage(() => service);

/** At the checkout of one seat. */
async function atCheckout() {
  const { concertId } = await service.evening();
  const account = await service.account('Mina', 5000);
  const page = await stage.page(account);
  const concert = await new ConcertPage(page, concertId).open();
  await (await (await concert.enter()).toSeats()).holds(1);
  const paid = async () =>
    until(
      'paid',
      async () => bookingsOf(account, 'PAID'),
      (found) => found.length === 1,
    );
  return { account, concert, page, paid, concertId };
}

describe('a payment', () => {
  test('answered long after the admission has ended leads to the ticket, and nothing before it says that all is lost', async () => {
    const { account, concert, page, paid, concertId } = await atCheckout();
    const release = await holdBack(page, '**/pay');
    await concert.payNow();
    await paid();
    await until(
      'the place is over',
      async () => (await account.fan.send('GET', `/api/users/queue?concertId=${concertId}`)).status,
      (status) => status === 404,
    );
    // The room's stream has told the page by then; the page says nothing of it while its own payment is under way.
    await page.waitForTimeout(1000);
    await gone(page.getByText(/Your time inside is over|Your place has ended/));
    release();
    await seen(concert.heading, /^Your ticket$/);
    await seen(concert.purse, /^4,000 points/);
  });

  test('whose answer is lost on the way is made once, and its ticket found', async () => {
    const { account, concert, page, paid } = await atCheckout();
    stage.faults.expectBrokenLines();
    let lost = 0;
    await page.route('**/pay', async (route) => {
      const response = await route.fetch();
      expect(response.status()).toBeLessThan(300);
      lost += 1;
      await (lost === 1 ? route.abort() : route.fulfill({ response }));
    });
    await concert.payNow();
    await paid();
    await seen(concert.heading, /^Your ticket$/);
    await seen(concert.purse, /^4,000 points/);
    expect(await bookingsOf(account, 'PAID')).toHaveLength(1);
  });
});
