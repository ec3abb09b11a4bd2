// The page in two languages: chosen by the browser, switched, remembered; the desk stays as it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { document, fan, json, main, pass, press, problem, sees, seesNot, service, session } from './page.mjs';
// After page.mjs, which makes the window.
const { count, points, roughly, span, zoneWords } = await import('../../../public/js/format.js');
const { language, setLanguage, startLanguage, t } = await import('../../../public/js/language.js');
const { clock } = await import('../../../public/js/format.js');

const KEY = 'frontrow.language';
const speaks = (/** @type {string[]} */ ...languages) =>
  Object.defineProperty(window.navigator, 'languages', { value: languages, configurable: true });

fan();
service.set('GET /api/concerts', json(200, { concerts: [{ id: '1', title: 'Concert', description: '' }], nextCursor: null })); // prettier-ignore
await Promise.all(['account', 'concert'].map((name) => import(`../../../public/js/${name}.js`)));

test('until a page has chosen, it is English: modules that the desk shares speak as it does', () => {
  assert.equal(language(), 'en');
  assert.equal(points(1), '1 point');
  assert.equal(points(-1), '-1 point');
  assert.equal(points(12345), '12,345 points');
});

test('the first of the browser’s languages that there is; English without any', async () => {
  speaks('fr-FR', 'ko-KR', 'en');
  await startLanguage();
  assert.equal(language(), 'ko');
  assert.equal(document.documentElement.lang, 'ko');
  speaks('fr', 'tlh');
  await startLanguage();
  assert.equal(language(), 'en');
  window.localStorage.setItem(KEY, 'ko');
  await startLanguage();
  assert.equal(language(), 'ko');
  window.localStorage.setItem(KEY, 'constructor'); // Not one of ours.
  await startLanguage();
  assert.equal(language(), 'en');
});

test('numbers, times and spans are written as the language does, by the clock of the place', async () => {
  await setLanguage('ko');
  assert.equal(points(12345), '12,345포인트');
  assert.equal(count(1_000_000), '1,000,000');
  assert.equal(roughly(3600), '약 1시간');
  assert.equal(clock(245_000), '4:05');
  assert.match(span('2030-02-01T20:00:00Z', '2030-02-01T22:00:00Z', 'Asia/Seoul'), /2030년 2월 2일.*5:00/);
  assert.match(zoneWords('2030-02-01T20:00:00Z', 'Asia/Seoul'), /한국 표준시|대한민국 표준시/);
  await setLanguage('en');
  assert.equal(roughly(3600), 'about an hour');
});

test('a value is never read as part of a text', () => {
  assert.equal(
    t('draw.pseudonym', { pseudonym: '{count} $& $1' }),
    'In the list you are called {count} $& $1.',
  );
});

test('switching draws the page anew in the other language, remembers it, and tells problems in it', async () => {
  await import('../../../public/app.js');
  await pass(100);
  sees(/Concerts/, /Get tickets/);
  const choose = async (/** @type {string} */ tag) => {
    const choice = /** @type {HTMLSelectElement} */ (document.querySelector('#bar select'));
    choice.value = tag;
    choice.dispatchEvent(new window.Event('change'));
    await pass(100);
  };
  await choose('ko');
  sees(/공연/, /예매하기/);
  seesNot(/Get tickets/);
  assert.equal(window.localStorage.getItem(KEY), 'ko');
  assert.equal(document.documentElement.lang, 'ko');
  session.signOut();
  window.location.hash = '#/sign-in';
  window.dispatchEvent(new window.HashChangeEvent('hashchange'));
  await pass(100);
  service.set('POST /api/auth/login', problem(401, 'BAD_CREDENTIALS'));
  main.querySelector('form')?.dispatchEvent(new window.Event('submit', { cancelable: true }));
  await pass(100);
  sees(/이메일 또는 비밀번호가 틀렸습니다/, /확인하고 다시 시도해 주세요/, /BAD_CREDENTIALS/);
  seesNot(/Because/);
  service.set('POST /api/auth/login', json(418, { title: 'A teapot', detail: 'Short.', code: 'TEAPOT' }));
  await press(/^로그인$/);
  main.querySelector('form')?.dispatchEvent(new window.Event('submit', { cancelable: true }));
  await pass(100);
  sees(/A teapot Short\./);
  await choose('en');
  sees(/Sign in/);
});
