import { h } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { cameraLack, cameraReader } from '../door/camera.js';
import { doorDates } from '../door/dates.js';
import { createScans } from '../door/scans.js';
import { createSounds } from '../door/sounds.js';
import { wordsOf } from '../door/words.js';

const SIGNS = { yes: '✓', no: '✕', wait: '…' };
const READY = { kind: 'wait', title: 'Ready', details: ['Scan the next ticket.'] };

/**
 * Checks tickets in: codes typed, from a hand scanner that types (an Enter ends each), or by the camera. What it says is about the
 * latest code; the list tells what became of those before.
 */
export async function doorPage(root, { signal }) {
  const sounds = createSounds();
  signal.addEventListener('abort', () => sounds.close());
  let cameraIsOn = false;

  const verdict = h('div', { className: 'verdict', role: 'status', 'aria-live': 'assertive' });
  const waiting = h('p', { className: 'notice bad', hidden: true });
  const list = h('ol', { className: 'scans' });
  const dates = doorDates({ signal, onChoice: () => refocus() });
  const code = field(
    'Code',
    {
      name: 'code',
      autocomplete: 'off',
      autocapitalize: 'characters',
      spellcheck: false,
      enterKeyHint: 'go',
    },
    { hint: 'Scan or type it, then Enter. Case, spaces and dashes do not matter.' },
  );
  const scans = createScans({ signal, onChange: changed });

  // Of an earlier visit only what waits: a yes of an hour ago must let nobody in.
  let current = scans.last().find(({ answer }) => answer === null) ?? null;

  function changed(scan) {
    if (scan.answer !== null) {
      sounds.play(scan.answer.yes ? 'yes' : 'no');
      if (scan.answer.yes) dates.recount();
    }
    draw();
  }

  function take(text) {
    current = scans.add(text.trim(), dates.chosen());
    draw();
    refocus();
  }

  function draw() {
    drawVerdict(verdict, current === null ? READY : wordsOf(current, scans.trouble()));
    list.replaceChildren(...scans.last().map((scan) => scanRow(scan, scans.trouble())));
    const left = scans.trouble() === null ? 0 : scans.waiting();
    const kept = scans.isKept()
      ? 'They stay, also when this page is closed.'
      : 'Leave this page open: nothing can be kept here.';
    waiting.hidden = left === 0;
    waiting.textContent = left === 0 ? '' : `${left} not sent yet. ${kept}`;
  }

  /** A hand scanner types wherever the focus is: it is to be in the field. On a phone that would open the keyboard over the camera. */
  function refocus() {
    if (!cameraIsOn && !signal.aborted) code.input.focus({ preventScroll: true });
  }

  const form = h(
    'form',
    {
      className: 'row',
      onsubmit: (event) => {
        event.preventDefault();
        sounds.wake();
        const text = code.input.value;
        code.input.value = '';
        if (text.trim() === '') return refocus();
        take(text);
      },
    },
    code.element,
    h('button', { className: 'primary' }, 'Check in'),
  );
  const camera = h('div', {});
  root.append(
    h('h1', {}, 'Door'),
    dates.element,
    form,
    camera,
    verdict,
    waiting,
    h('h2', {}, 'The last ten'),
    list,
  );
  // What is typed while nothing has the focus is meant for the field.
  const typed = ({ key, ctrlKey, altKey, metaKey, target }) => {
    const isText = key.length === 1 && !ctrlKey && !altKey && !metaKey;
    if (isText && target === document.body) code.input.focus({ preventScroll: true });
  };
  const touched = () => sounds.wake();
  document.addEventListener('keydown', typed);
  document.addEventListener('pointerdown', touched);
  signal.addEventListener('abort', () => {
    document.removeEventListener('keydown', typed);
    document.removeEventListener('pointerdown', touched);
  });
  draw();
  refocus();

  const lack = await cameraLack();
  if (signal.aborted) return;
  const onTurn = (isOn) => {
    cameraIsOn = isOn;
    refocus();
  };
  camera.append(
    lack === null
      ? cameraReader({ signal, onCode: take, onTurn })
      : h('small', {}, `${lack} Type the codes, or use a hand scanner.`),
  );
}

function drawVerdict(place, { kind, title, details }) {
  place.className = `verdict ${kind}`;
  place.replaceChildren(
    h('p', { className: 'sign', 'aria-hidden': 'true' }, SIGNS[kind]),
    h('p', { className: 'said' }, title),
    ...details.filter((text) => text !== '').map((text) => h('p', {}, text)),
  );
}

const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

function scanRow(scan, trouble) {
  const { kind, title, details } = wordsOf(scan, trouble);
  const sign = h('span', { 'aria-hidden': 'true' }, `${SIGNS[kind]} `);
  const said = h('strong', {}, title);
  return h('li', { className: kind }, sign, said, ` ${details[0]} `, h('small', {}, time.format(scan.at)));
}
