import { serverNow } from './api.js';
import { h } from './dom.js';
import { field } from './fields.js';
import { left, when } from './format.js';
import { t } from './language.js';
import { attempt, createNotice } from './problem.js';
import { join } from './waiting-room.js';

/** A form for the code of a presale. It is there while a presale runs that this fan has no place in. */
export function createCodeForm(concertId, { onJoined, signal }) {
  const notice = createNotice();
  const code = field(t('presale.code'), {
    name: 'accessCode',
    required: true,
    maxLength: 200,
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: false,
  });
  const submit = h('button', { className: 'primary' }, t('presale.join'));
  const words = h('p');
  const go = () =>
    attempt(
      notice,
      submit,
      async () => {
        const state = await join(concertId, code.input.value);
        if (!signal.aborted) onJoined(state);
      },
      { accessCode: code },
    );
  const form = h(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        void go();
      },
    },
    words,
    code.element,
    notice.element,
    submit,
  );
  const element = h('div');
  return {
    element,
    /** @param presale the one that runs and asks for a code; null: none is needed */
    show: (presale) => {
      if (presale === null) return element.replaceChildren();
      words.textContent = presaleWords(presale);
      // Not put there anew: somebody may be typing.
      if (form.parentElement === null) element.append(form);
    },
    focus: () => code.input.focus(),
  };
}

/** Whether a code would bring somebody in front who waits without one. */
export const wantsCode = ({ status, presale, position }) =>
  status === 'WAITING' && (presale ?? null) !== null && position === null;

/** Why somebody has no number because of presales; null when that is not why. */
export function presaleOutlook({ presale, position, drawPseudonym, opensAt }) {
  if (position !== null) return null;
  if ((presale ?? null) !== null) return `${presaleWords(presale)} ${t('presale.after')}`;
  const isAhead = drawPseudonym === null && Boolean(opensAt) && Date.parse(opensAt) > serverNow();
  return isAhead ? t('presale.before') : null;
}

function presaleWords({ name, endsAt }) {
  const leftMs = Date.parse(endsAt) - serverNow();
  if (leftMs <= 0) return t('presale.endsNow', { name });
  return t('presale.on', { name, until: when(endsAt), time: left(leftMs) });
}
