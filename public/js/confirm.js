import { button, h } from './dom.js';
import { t } from './language.js';

/**
 * Asks before something that cannot be undone: says what will happen, and gives whether it shall. Escape, or anything
 * else that closes the question, is a no; so is an abort of the signal, when what was asked about is not there any more.
 * @param yes what the button that does it is called
 */
export function confirmed({ title, details, yes, no = t('confirm.no') }, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const before = document.activeElement;
    let answer = false;
    const say = (is) => {
      answer = is;
      box.close();
    };
    const heading = h('h2', { id: 'confirm-title' }, title);
    const box = h(
      'dialog',
      { className: 'card confirm', 'aria-labelledby': heading.id },
      heading,
      [details].flat().map((text) => h('p', {}, text)),
      h(
        'div',
        { className: 'row' },
        button(no, () => say(false), { className: 'quiet', autofocus: true }),
        button(yes, () => say(true), { className: 'primary' }),
      ),
    );
    const close = () => box.close();
    signal?.addEventListener('abort', close);
    box.addEventListener('close', () => {
      signal?.removeEventListener('abort', close);
      box.remove();
      before?.focus?.();
      resolve(answer && !signal?.aborted);
    });
    document.body.append(box);
    box.showModal();
  });
}
