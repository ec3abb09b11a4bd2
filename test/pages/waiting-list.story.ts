import { describe, expect, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { MinePage } from './objects/mine';
import { useStage } from './support/browser';
import { picture } from './support/pictures';
import { seen } from './support/seen';
import { bookingsOf, Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);
const ONE_SEAT = { sections: [{ name: 'Stalls', rows: 1, seatsPerRow: 1, price: 1000 }] };

/** A date whose only seat somebody has. */
async function soldOut(offerTtlSeconds = 600) {
  const { concertId, scheduleId } = await service.evening({}, { ...ONE_SEAT, offerTtlSeconds });
  const owner = await service.inside(concertId);
  const booking = await owner.held(scheduleId, [1]);
  await owner.paid(booking.id);
  return { concertId, giveBack: async () => owner.cancel(booking.id) };
}

async function onTheList(concertId: string) {
  const account = await service.account('Mina', 5000);
  const page = await stage.page(account);
  const concert = await new ConcertPage(page, concertId).open();
  await concert.joinWaitingList.click();
  await seen(concert.alert, /You are on the waiting list/);
  const mine = await new MinePage(page).open();
  await seen(mine.waitingList, /You are next/);
  return { account, page, mine };
}

describe('the waiting list', () => {
  test('of a sold-out date is joined from outside; an offer comes by itself and is paid on the spot', async () => {
    const { concertId, giveBack } = await soldOut();
    const { account, page, mine } = await onTheList(concertId);
    await giveBack();
    await seen(mine.waitingList, /Seats for you/);
    await seen(mine.pay, /Pay 1,000 points/);
    await picture(page, 'fan-waiting-list');
    await mine.payNow();
    await seen(mine.tickets);
    await seen(mine.purse, /^4,000 points/);
    expect(await bookingsOf(account, 'PAID')).toHaveLength(1);
  });

  test('tells when an offer has ended, and nothing can be paid any more', async () => {
    const { concertId, giveBack } = await soldOut(4);
    const { account, mine } = await onTheList(concertId);
    await giveBack();
    await seen(mine.pay);
    await seen(mine.waitingList, /The offer has ended/);
    expect(await mine.pay.count()).toBe(0);
    expect(await bookingsOf(account, 'PENDING')).toEqual([]);
  });

  test('is left by a press, and the seat then goes to the next', async () => {
    const { concertId, giveBack } = await soldOut();
    const { mine } = await onTheList(concertId);
    const next = await onTheListBehind(concertId);
    await mine.leaveListNow();
    await seen(mine.waitingList, /You have left this list/);
    await giveBack();
    await seen(next.waitingList, /Seats for you/);
    await seen(mine.waitingList, /You have left this list/);
  });
});

async function onTheListBehind(concertId: string): Promise<MinePage> {
  const page = await stage.page(await service.account('Jun'));
  const concert = await new ConcertPage(page, concertId).open();
  await concert.joinWaitingList.click();
  const mine = await new MinePage(page).open();
  await seen(mine.waitingList, /1 before you/);
  return mine;
}
