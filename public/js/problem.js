import { h, sleep } from './dom.js';
import { failFields } from './fields.js';
import { known, language, t } from './language.js';

const LONGEST_PAUSE_MS = 30_000;

/** What the service answers when it does not do what was asked (RFC 9457), or what stands in for it. */
export class ProblemError extends Error {
  constructor({ title, detail = '', code = 'UNKNOWN', ...members }, retryAfterSeconds = null) {
    super(`${title}: ${detail}`);
    this.name = 'ProblemError';
    Object.assign(this, { title, detail, code, members, retryAfterSeconds });
  }

  /** The same with some of its members changed. */
  with(changes) {
    const { title, detail, code, members, retryAfterSeconds } = this;
    return new ProblemError({ title, detail, code, ...members, ...changes }, retryAfterSeconds);
  }
}

export const NO_CONNECTION = { code: 'NO_CONNECTION' };

/**
 * A problem in the words of this page, by its code. The service's own detail says more of the case, in English: it stays
 * where English is read, and where the code is not known here.
 */
export function worded({ title, detail = '', code = 'UNKNOWN', ...members }) {
  const why = known(`problem.${code}.why`) ?? detail;
  const keepsOwn = language() === 'en' && detail !== '';
  return { ...members, code, title: known(`problem.${code}`) ?? title, detail: keepsOwn ? detail : why };
}

/** Reads a refused answer; what stands before the service (a proxy) may answer without a problem document. */
export async function problemOf(response) {
  const retryAfter = Number(response.headers.get('retry-after')) || null;
  const document = await response.json().catch(() => ({}));
  const title = document.title ?? t('problem.answered', { status: String(response.status) });
  return new ProblemError(worded({ status: response.status, ...document, title }), retryAfter);
}

/** A place near a form or button where its problems are told. Read out at once by screen readers. */
export function createNotice() {
  const element = h('div', { role: 'alert' });
  return {
    element,
    clear: () => element.replaceChildren(),
    show: (error) => element.replaceChildren(problemBox(error)),
    say: (title, detail = '') => element.replaceChildren(box('good', title, detail)),
  };
}

export function problemBox(error) {
  if (!(error instanceof ProblemError)) {
    console.error(error);
    return box('bad', t('problem.page'), t('problem.page.why'));
  }
  const faults = error.members.errors ?? [];
  const list = faults.map(({ path, message }) =>
    h('li', {}, `${path.replace(/^(body|query|headers)\./, '')}: ${message}`),
  );
  const made = box('bad', error.title, error.detail);
  made.dataset.code = error.code; // What support asks for, whatever the language.
  if (list.length > 0) made.append(h('ul', {}, list));
  return made;
}

const box = (kind, title, detail) =>
  h('div', { className: `notice ${kind}` }, h('strong', {}, title), ' ', h('span', {}, detail));

/**
 * Runs what a button or form does: once at a time, with its problem told in the notice.
 * @param controls what must not be pressed meanwhile: one, several, or null
 * @param fields by name; what is wrong with one of them is told beside it
 */
export async function attempt(notice, controls, work, fields = {}) {
  const buttons = [controls ?? []].flat();
  if (buttons.some(isBusy)) return;
  notice.clear();
  for (const { clear } of Object.values(fields)) clear();
  for (const each of buttons) setBusy(each, true);
  try {
    await work();
  } catch (error) {
    if (error.name !== 'AbortError') notice.show(failFields(error, fields));
  } finally {
    for (const each of buttons) setBusy(each, false);
  }
}

// Not `disabled`: that takes the focus away, and whoever uses a keyboard would have to look for the button again.
const isBusy = (control) => control.getAttribute('aria-disabled') === 'true';
const setBusy = (control, busy) => control.setAttribute('aria-disabled', String(busy));

/** Whether the service, or the line to it, is away for a while: the same may work later. */
export const isAway = ({ code, members }) =>
  ['NO_CONNECTION', 'OVERLOADED', 'UNAVAILABLE'].includes(code) || members?.status >= 502;

/** A service that is away, in the words of somebody who tries again without being asked; other problems as they are. */
export function retrying(error, pauseMs) {
  if (!isAway(error)) return error;
  const detail =
    pauseMs === undefined
      ? t('problem.trying')
      : t('problem.tryingSoon', { count: Math.ceil(pauseMs / 1000) });
  return error.with({ detail });
}

/**
 * Reads what a view cannot do without. While the service is away it tries again with growing pauses, says so, and
 * recovers by itself.
 */
export async function keepTrying(notice, signal, work) {
  for (let pauseMs = 1000; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await work();
      return notice.clear();
    } catch (error) {
      if (signal.aborted) return;
      if (!isAway(error) && error.code !== 'RATE_LIMITED') return notice.show(error);
      const afterMs = Math.max(pauseMs, (error.retryAfterSeconds ?? 0) * 1000);
      notice.show(retrying(error, afterMs));
      await sleep(afterMs, signal);
    }
  }
}
