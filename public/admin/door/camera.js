import { button, h, sleep } from '../../js/dom.js';

const LOOK_MS = 200;
/** A code that was out of sight for so long was shown once more, maybe by somebody else. */
const GONE_MS = 1500;

/** What this browser lacks for reading codes with its camera, in words; null: nothing. */
export async function cameraLack() {
  if (!window.isSecureContext) return 'Browsers lend the camera to secure addresses (https) only.';
  if (navigator.mediaDevices?.getUserMedia === undefined) return 'This browser has no camera for pages.';
  const formats = await window.BarcodeDetector?.getSupportedFormats().catch(() => []);
  return formats?.includes('qr_code') ? null : 'This browser cannot read codes with its camera.';
}

/** A button that turns the camera on and off, and its picture. Each code that comes into sight is one scan. */
export function cameraReader({ signal, onCode, onTurn }) {
  let turned = null;
  const video = h('video', { muted: true, playsInline: true, 'aria-label': 'What the camera sees' });
  const said = h('small', { role: 'status' });
  const toggle = button('Use the camera', () => (turned === null ? void turnOn() : turnOff()));
  const frame = h('div', { className: 'camera', hidden: true }, video);
  signal.addEventListener('abort', turnOff);

  async function turnOn() {
    const mine = new AbortController();
    turned = mine;
    said.textContent = 'Starting the camera…';
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      // Turned off, or elsewhere by now: a camera that nobody needs must not stay on.
      mine.signal.addEventListener('abort', () => stop(stream));
      if (mine.signal.aborted) return stop(stream);
      video.srcObject = stream;
      frame.hidden = false;
      await video.play();
      said.textContent = '';
      toggle.textContent = 'Turn the camera off';
      onTurn(true);
      await look(mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return;
      turnOff();
      said.textContent = wordsFor(error);
    }
  }

  function turnOff() {
    turned?.abort();
    turned = null;
    video.srcObject = null;
    frame.hidden = true;
    toggle.textContent = 'Use the camera';
    said.textContent = '';
    onTurn(false);
  }

  async function look(looking) {
    const detector = new window.BarcodeDetector({ formats: ['qr_code'] });
    const seenAt = new Map();
    while (!looking.aborted) {
      const found = document.hidden ? [] : await detector.detect(video);
      const now = Date.now();
      for (const { rawValue } of found) {
        const isNew = now - (seenAt.get(rawValue) ?? -Infinity) > GONE_MS;
        seenAt.set(rawValue, now);
        if (isNew && rawValue.trim() !== '' && !looking.aborted) onCode(rawValue);
      }
      await sleep(LOOK_MS, looking);
    }
  }

  return h('div', {}, toggle, frame, said);
}

const stop = (stream) => {
  for (const track of stream.getTracks()) track.stop();
};

function wordsFor({ name }) {
  if (name === 'NotAllowedError')
    return 'The camera is not allowed here: allow it in the browser, or type the codes.';
  if (name === 'NotFoundError') return 'There is no camera. Type the codes, or use a hand scanner.';
  return 'The camera does not work at the moment. Type the codes, or use a hand scanner.';
}
