import { every, h } from '../js/dom.js';

const LOOK_MS = 5000;
const ANSWER_MS = 4000;
const TOLD_AGAIN_MS = 15_000;

const WORDS = {
  database: 'cannot reach its database',
  redis: 'cannot reach Redis',
  migrations: 'waits for its database to be brought up to date',
};

/**
 * One line over all pages: whether the service answers, and if not, since when. Who steers a sale must not take old
 * figures for new ones.
 */
export function watchService(place) {
  let awaySince = null;
  let backAt = null;
  let told = '';

  const tell = (kind, text) => {
    if (text === told) return; // Screen readers would read it again.
    told = text;
    place.replaceChildren(...(text === '' ? [] : [h('p', { className: `notice ${kind}` }, text)]));
  };

  async function look() {
    const trouble = await troubleOf(fetch('/readyz', { cache: 'no-store', signal: timeout(ANSWER_MS) }));
    if (trouble === null) {
      if (awaySince !== null) backAt = Date.now();
      awaySince = null;
      const isNews = backAt !== null && Date.now() - backAt < TOLD_AGAIN_MS;
      tell('good', isNews ? `The service answers again, since ${timeOf(backAt)}.` : '');
    } else {
      awaySince ??= Date.now();
      tell('bad', `The service ${trouble}, since ${timeOf(awaySince)}. What is shown may be old.`);
    }
  }

  // One look at a time: they would pile up before a service that hangs.
  let looking = null;
  const lookOnce = () => {
    looking ??= look().finally(() => {
      looking = null;
    });
  };
  every(LOOK_MS, lookOnce, new AbortController().signal);
  // Tabs that nobody looks at do not ask; they must not show an old answer when somebody does.
  document.addEventListener('visibilitychange', () => void (document.hidden || lookOnce()));
  window.addEventListener('offline', lookOnce);
  window.addEventListener('online', lookOnce);
  lookOnce();
}

/** @returns what is wrong, in the words that follow "The service"; null: nothing */
async function troubleOf(answer) {
  try {
    const response = await answer;
    if (response.ok) return null;
    const { parts = {} } = await response.json();
    const wrong = Object.keys(parts).filter((name) => parts[name] !== 'ok');
    return (
      wrong.map((name) => WORDS[name] ?? `has trouble with its ${name}`).join(' and ') ||
      'does not answer as it should'
    );
  } catch {
    return 'does not answer';
  }
}

function timeout(milliseconds) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), milliseconds);
  return controller.signal;
}

const timeOf = (milliseconds) => new Date(milliseconds).toLocaleTimeString('en-GB');
