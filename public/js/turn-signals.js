import { h, sleep } from './dom.js';
import { t } from './language.js';

const SOUND = 'frontrow.sound';
const NOTES = 'frontrow.notify';
const TONES_HZ = [660, 880];
const TONE_SECONDS = 0.35;
const LONGEST_RESUME_MS = 500;
let audio = null;

/** How somebody who looks elsewhere hears of their turn: both off until they are asked for, and remembered. */
export function createTurnSignals() {
  const sound = tick(SOUND, t('signals.sound'), () => {
    void chime(); // Heard at once, so that nobody learns at their turn that the volume was off.
    return true;
  });
  const parts = [sound];
  if ('Notification' in window) parts.push(tick(NOTES, t('signals.notify'), mayNotify));
  return {
    element: h('div', { className: 'signals' }, parts),
    /** @param title what it is the turn for */
    turn: (title) => {
      if (isOn(SOUND)) void chime();
      if (isOn(NOTES) && document.hidden) notify(title);
    },
  };
}

const isOn = (key) => window.localStorage.getItem(key) === 'on';

function notify(body) {
  if (window.Notification?.permission !== 'granted') return;
  try {
    new window.Notification(t('title.turn'), { body, icon: '/favicon.svg', tag: 'frontrow-turn' });
  } catch (error) {
    console.warn(error); // Browsers of some phones refuse it to pages: the title and the sound are left.
  }
}

/** @param onTick what to do when it is ticked; gives whether it may be */
function tick(key, label, onTick) {
  const input = h('input', { type: 'checkbox', checked: isOn(key) });
  input.addEventListener('change', async () => {
    if (input.checked && !(await onTick())) input.checked = false;
    window.localStorage.setItem(key, input.checked ? 'on' : 'off');
  });
  return h('label', { className: 'check' }, input, ` ${label}`);
}

const mayNotify = async () => (await window.Notification.requestPermission()) === 'granted';

/** Two soft tones. Browsers give sound only to pages that somebody has touched: then it is silent, and nothing is lost. */
async function chime() {
  if (window.AudioContext === undefined) return;
  audio ??= new window.AudioContext();
  await Promise.race([audio.resume(), sleep(LONGEST_RESUME_MS)]);
  if (audio.state !== 'running') return;
  TONES_HZ.forEach((hertz, index) => {
    const start = audio.currentTime + index * TONE_SECONDS;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.15, start + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, start + TONE_SECONDS);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + TONE_SECONDS);
  });
}
