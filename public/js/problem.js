import { h } from './dom.js';

/** What the service answers when it does not do what was asked (RFC 9457), or what stands in for it. */
export class ProblemError extends Error {
  constructor({ title, detail = '', code = 'UNKNOWN', ...members }, retryAfterSeconds = null) {
    super(`${title}: ${detail}`);
    this.name = 'ProblemError';
    Object.assign(this, { title, detail, code, members, retryAfterSeconds });
  }
}

export const NO_CONNECTION = {
  title: 'No connection',
  detail: 'The service did not answer. Check your connection and try again.',
  code: 'NO_CONNECTION',
};

/** Reads a refused answer; what stands before the service (a proxy) may answer without a problem document. */
export async function problemOf(response) {
  const retryAfter = Number(response.headers.get('retry-after')) || null;
  const document = await response.json().catch(() => ({}));
  const title = document.title ?? `The service answered ${response.status}`;
  return new ProblemError({ status: response.status, ...document, title }, retryAfter);
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
    return box('bad', 'Something went wrong on this page', 'Reload it and try again.');
  }
  const faults = error.members.errors ?? [];
  const list = faults.map(({ path, message }) =>
    h('li', {}, `${path.replace(/^(body|query|headers)\./, '')}: ${message}`),
  );
  const made = box('bad', error.title, error.detail);
  if (list.length > 0) made.append(h('ul', {}, list));
  return made;
}

const box = (kind, title, detail) =>
  h('div', { className: `notice ${kind}` }, h('strong', {}, title), ' ', h('span', {}, detail));

/** Runs what a button or form does: once at a time, with its problem told in the notice. */
export async function attempt(notice, control, work) {
  if (control?.disabled) return;
  notice.clear();
  if (control) control.disabled = true;
  try {
    await work();
  } catch (error) {
    if (error.name !== 'AbortError') notice.show(error);
  } finally {
    if (control) control.disabled = false;
  }
}
