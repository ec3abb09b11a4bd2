// The service sends a heartbeat at least every 15 s: a stream that is silent for much longer is dead.
const SILENCE_MS = 40_000;

/**
 * Reads a response of `text/event-stream` to its end. The browser's own EventSource cannot send an Authorization
 * header, and a token in the address would end up in logs.
 * @param onEvent called with (name, data)
 */
export async function readEvents(response, onEvent) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let watchdog;
  const watch = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => reader.cancel(), SILENCE_MS);
  };
  // A line that is gone leaves its streams open and silent; the browser knows at once.
  const cut = () => void reader.cancel();
  window.addEventListener('offline', cut);
  try {
    for (;;) {
      watch();
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true }).replaceAll('\r', '');
      const blocks = text.split('\n\n');
      text = blocks.pop();
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event.data !== '') onEvent(event.name, event.data);
      }
    }
  } finally {
    clearTimeout(watchdog);
    window.removeEventListener('offline', cut);
  }
}

/** One block between blank lines. Comments (heartbeats) come out without data. */
export function parseEvent(block) {
  let name = 'message';
  const data = [];
  for (const line of block.split('\n')) {
    const [, key, value] = /^([a-z]+):? ?(.*)$/.exec(line) ?? [];
    if (key === 'event') name = value;
    if (key === 'data') data.push(value);
  }
  return { name, data: data.join('\n') };
}
