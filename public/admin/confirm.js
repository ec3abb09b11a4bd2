import { button, h } from '../js/dom.js';
import { field } from '../js/fields.js';

let made = 0;
const open = new Set();

/**
 * Asks before an act that is not easily taken back. One button names the act; Escape, the other button and going to
 * another page leave everything as it is. The focus returns to where it was.
 * @param title what is asked @param text what will happen: a text, an element, or several
 * @param act what the button says, such as "Cancel the show" @param danger cannot be undone
 * @param typed what has to be typed first; for what must never happen by a slip
 * @returns whether it was confirmed
 */
export function confirmAct({ title, text, act, danger = false, typed }) {
  made += 1;
  const id = `confirm-${made}`;
  const before = document.activeElement;
  const leave = button('Leave it', () => dialog.close());
  const proceed = h('button', { value: 'act', className: danger ? 'danger' : 'primary' }, act);
  const word = typed === undefined ? null : typedField(typed);
  const form = h(
    'form',
    {
      method: 'dialog',
      onsubmit: (event) => {
        event.preventDefault();
        if (word === null || word.isRight()) dialog.close('act');
      },
    },
    h('h2', { id: `${id}-title` }, title),
    h('div', { id: `${id}-text` }, [text].flat().map(paragraph)),
    word === null ? null : word.element,
    h('div', { className: 'row' }, proceed, leave),
  );
  const dialog = h(
    'dialog',
    { className: 'confirm', 'aria-labelledby': `${id}-title`, 'aria-describedby': `${id}-text` },
    form,
  );
  document.body.append(dialog);
  open.add(dialog);
  dialog.showModal();
  // An Enter that was meant for something else must not do what cannot be undone.
  (word?.input ?? (danger ? leave : proceed)).focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      open.delete(dialog);
      dialog.remove();
      if (before instanceof window.HTMLElement && before.isConnected) before.focus();
      resolve(dialog.returnValue === 'act');
    });
  });
}

/** Closes whatever is asked, as unanswered: what it was asked about is not shown any more. */
export function dismissDialogs() {
  for (const dialog of open) dialog.close();
}

const paragraph = (part) => (typeof part === 'string' ? h('p', {}, part) : part);

function typedField(typed) {
  const made = field(`Type “${typed}” to go on`, { autocomplete: 'off', spellcheck: false });
  const isRight = () => {
    if (made.input.value.trim() === typed.trim()) return true;
    made.fail('This is not what has to be typed.');
    made.input.focus();
    return false;
  };
  return { ...made, isRight };
}
