import { describe, expect, test } from '@jest/globals';
import { ConcertPage } from './objects/concert';
import { DeskPage } from './objects/desk';
import { MinePage } from './objects/mine';
import { FAULTY_PLAN, PLAN } from './objects/plans';
import { useStage } from './support/browser';
import { picture } from './support/pictures';
import { gone, seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

const desk = async (at: string): Promise<DeskPage> =>
  new DeskPage(await stage.page(await service.operator())).open(at);

describe('a date steered from the desk, as fans see it', () => {
  test('seats taken out of its sale and put back, its sale stopped and resumed', async () => {
    const { concertId, scheduleId } = await service.evening();
    const concert = new ConcertPage(await stage.page(await service.account('Mina', 5000)), concertId);
    await (await (await concert.open()).enter()).toSeats();
    const operator = await desk(`dates/${scheduleId}`);
    await operator.takeOutOfSale(1, 2);
    await seen(concert.named(/seat 1:.*not for sale/));
    await picture(operator.page, 'desk-date');
    await operator.chair(1).click();
    await operator.button(/^Put back on sale$/).click();
    await operator.confirm(/^Put back on sale$/);
    await seen(concert.named(/seat 1:.*free/));
    await seen(concert.named(/seat 2:.*not for sale/));

    await operator.button(/^Stop the sale$/).click();
    await operator.confirm(/^Stop the sale$/);
    await seen(operator.effect, /Stopped/);
    await concert.choose(3);
    await concert.hold.click();
    await seen(concert.alert, /sale.*is stopped for now/);
    await operator.button(/^Resume the sale$/).click();
    await operator.confirm(/^Resume the sale$/);
    await seen(operator.effect, /Resumed/);
    await concert.hold.click();
    await seen(concert.heading, /^On hold for you$/);
  });

  test('called off: what is on hold is given back, what was paid is refunded, and tickets are void', async () => {
    const { concertId, scheduleId } = await service.evening({ title: 'The last night' });
    const buyer = await service.account('Mina', 5000);
    await buyer.fan.enter(concertId);
    await buyer.fan.paid((await buyer.fan.held(scheduleId, [5])).id);
    const concert = new ConcertPage(await stage.page(await service.account('Noah', 5000)), concertId);
    await (await (await (await concert.open()).enter()).toSeats()).holds(7);

    const operator = await desk(`dates/${scheduleId}`);
    await seen(operator.page.locator('.lead'), /1 booking paid for, 1,000 points; 1 on hold/);
    await operator.page.getByLabel('Reason').fill('The singer is ill.');
    await operator.button(/^Cancel the show…$/).click();
    await seen(operator.dialog, /1,000 points go back/);
    await operator.button(/^Cancel the show$/, operator.dialog).click();
    await seen(operator.dialog, /not what has to be typed/);
    await operator.dialog.getByRole('textbox').fill('The last night');
    await operator.confirm(/^Cancel the show$/);
    await seen(operator.page.getByText(/2 of 2 bookings cancelled, 1,000 points paid back for 1; done/));
    await seen(
      operator.page.locator('.lead'),
      /called off; 20 seats; 0 bookings paid for, 0 points; 0 on hold/,
    );
    await picture(operator.page, 'desk-called-off');

    await concert.payNow();
    await seen(concert.alert, /called off|Already cancelled/i);
    const mine = await new MinePage(await stage.page(buyer)).open();
    await seen(mine.page.locator('main'), /Cancelled/);
    await seen(mine.page.getByText(/1,000 points, refunded/));
    await seen(mine.purse, /5,000/);
    await seen(mine.page.getByText(/Void: cancelled/i));
  });
});

describe('a plan from a file', () => {
  test('with faults makes nothing and says where they are; mended it makes a date with its aisle and its labels', async () => {
    const concertId = await service.concert({ title: 'Seat by seat' });
    const operator = await desk(`concerts/${concertId}`);
    await operator.choosePlan(Buffer.from(FAULTY_PLAN));
    await seen(operator.page.locator('.faults mark'), /2,free/);
    expect(await operator.page.locator('.faults li').count()).toBe(2);
    await operator.page.locator('.faults li').last().scrollIntoViewIfNeeded();
    await picture(operator.page, 'desk-plan-faults');
    await operator.button(/^Add the date$/).click();
    await seen(operator.page.getByRole('alert'), /without faults/);
    await operator.choosePlan(Buffer.from(PLAN));
    await seen(operator.page.getByText(/plan\.csv has no faults/));
    await operator.button(/^Add the date$/).click();
    await operator.confirm(/^Add the date$/);
    await seen(operator.effect, /4 seats, date/);
    await operator.page.getByRole('region', { name: 'Dates' }).getByRole('link').first().click();
    await seen(operator.chair('6A'));
    expect(await operator.page.locator('.chair.after-gap').allTextContents()).toEqual(['5']);

    const account = await service.account('Mina', 5000);
    const concert = new ConcertPage(await stage.page(account), concertId);
    await (await (await (await concert.open()).enter()).toSeats()).named(/row A, seat 6A:/).click();
    await seen(concert.chosen, /seat 6A/);
    await concert.hold.click();
    await concert.payNow();
    await seen(concert.heading, /^Your ticket$/);
    await seen(concert.page.locator('.ticket'), /Stalls, row A, seat 6A/);
    await gone(concert.page.getByText(/seat 4\b/));
  });
});
