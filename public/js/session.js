const KEY = 'frontrow.session';
const EMPTY = { user: null, accessToken: null, ownerId: null, queueTokens: {} };

let state = read();
const listeners = new Set();

/**
 * Who is signed in, and the places that they have in waiting rooms: the same in every tab, and after a reload. The
 * queue token is what proves a place, even to a room that has lost it.
 */
export const session = {
  get user() {
    return state.user;
  },
  get accessToken() {
    return state.accessToken;
  },
  /** Why the session ended without being asked to; shown above the sign-in form. */
  endedBecause: null,

  signIn({ user, accessToken }) {
    session.endedBecause = null;
    // A place belongs to a person: it stays through signing in again, and goes when somebody else takes the seat.
    const { ownerId, queueTokens } = read();
    keep({ user, accessToken, ownerId: user.id, queueTokens: ownerId === user.id ? queueTokens : {} });
  },
  /** Signs out in every tab. */
  signOut(because = null) {
    const stored = read();
    // Another tab has signed in meanwhile: what ended here is not what is stored now.
    if (stored.accessToken !== state.accessToken) return adopt(stored);
    session.endedBecause = because;
    keep({ ...stored, user: null, accessToken: null });
  },

  queueToken: (concertId) => state.queueTokens[concertId] ?? null,
  keepQueueToken(concertId, token) {
    if (state.queueTokens[concertId] === token) return;
    changeTokens((tokens) => ({ ...tokens, [concertId]: token }));
  },
  forgetQueueToken(concertId) {
    changeTokens(({ [concertId]: _gone, ...others }) => others);
  },

  /** Called when somebody else is signed in, or nobody any more: here or in another tab. */
  onChange: (listener) => listeners.add(listener),
};

// Never fired in the tab that wrote.
window.addEventListener('storage', ({ key }) => {
  if (key === KEY || key === null) adopt(read());
});

/** On top of what the other tabs have written; never a place of the last user among those of the next one. */
function changeTokens(change) {
  const stored = read();
  if (stored.ownerId !== state.ownerId) return;
  keep({ ...stored, queueTokens: change(stored.queueTokens) });
}

function adopt(next) {
  const before = state.user?.id;
  state = next;
  if (state.user?.id !== before) for (const listener of listeners) listener();
}

function keep(next) {
  localStorage.setItem(KEY, JSON.stringify(next));
  adopt(next);
}

function read() {
  try {
    return { ...EMPTY, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return EMPTY; // Not written by this version of the page.
  }
}
