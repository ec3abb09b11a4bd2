const KEY = 'frontrow.session';
const EMPTY = { user: null, accessToken: null, queueTokens: {} };

let state = read();
const listeners = new Set();

/**
 * Who is signed in in this tab, and the places that they have in waiting rooms. A reload keeps both: the queue token is
 * what proves a place, even to a room that has lost it.
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
    // A place belongs to a person: it stays through signing in again, and goes when somebody else takes the seat.
    const queueTokens = state.ownerId === user.id ? state.queueTokens : {};
    session.endedBecause = null;
    change({ user, accessToken, ownerId: user.id, queueTokens });
  },
  signOut(because = null) {
    session.endedBecause = because;
    change({ ...state, user: null, accessToken: null });
  },

  queueToken: (concertId) => state.queueTokens[concertId] ?? null,
  keepQueueToken(concertId, token) {
    if (state.queueTokens[concertId] === token) return;
    write({ ...state, queueTokens: { ...state.queueTokens, [concertId]: token } });
  },
  forgetQueueToken(concertId) {
    const { [concertId]: _gone, ...queueTokens } = state.queueTokens;
    write({ ...state, queueTokens });
  },

  onChange: (listener) => listeners.add(listener),
};

function change(next) {
  write(next);
  for (const listener of listeners) listener();
}

function write(next) {
  state = next;
  sessionStorage.setItem(KEY, JSON.stringify(state));
}

function read() {
  try {
    return { ...EMPTY, ...JSON.parse(sessionStorage.getItem(KEY)) };
  } catch {
    return EMPTY; // Not written by this version of the page.
  }
}
