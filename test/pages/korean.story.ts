import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useStage } from './support/browser';
import { inspect } from './support/inspect';
import { seen } from './support/seen';
import { Service } from './support/service';

const service = Service.shared();
const stage = useStage(() => service);

const press = async (page: Page, name: RegExp): Promise<void> =>
  page.getByRole('button', { name }).first().click();

describe('a browser that asks for Korean', () => {
  test('is spoken to in Korean all the way to the ticket, and in English once that is chosen', async () => {
    const { concertId } = await service.evening({ title: '긴 밤' });
    const page = await stage.page(await service.account('Mina', 5000), { locale: 'ko-KR' });
    await page.goto(`/#/concerts/${concertId}`);
    await press(page, /^대기실 입장$/);
    await press(page, /^좌석 선택/);
    await seen(page.getByRole('button', { name: /Stalls 1열 1번:/ }));
    expect(await page.evaluate('document.documentElement.lang')).toBe('ko');
    await press(page, /Stalls 1열 1번:/);
    await inspect(page, 'the plan in Korean');
    await press(page, /^이 좌석/);
    await press(page, /결제하기|포인트 결제/);
    await page.getByRole('dialog').getByRole('button', { name: /^네/ }).click();
    await seen(page.locator('.ticket'), /Stalls 1열 1번/);
    await page.getByLabel(/언어|Language/).selectOption('en');
    await page.goto('/#/mine');
    await seen(page.locator('.ticket'), /Stalls, row 1, seat 1/);
  });
});
