import { session } from './session.js';

const KEY = 'frontrow.choice';

/**
 * The date that is open and the seats that are chosen in it, kept through a reload of this tab. Nothing is held by it:
 * whoever comes back finds those that are still free.
 */
export const choiceOf = (concertId) => {
  const kept = read();
  return kept?.concertId === concertId && kept.userId === session.user?.id ? kept : null;
};

export const keepChoice = ({ concertId, id }, seatIds) =>
  window.sessionStorage.setItem(
    KEY,
    JSON.stringify({ userId: session.user?.id, concertId, scheduleId: id, seatIds }),
  );

export const forgetChoice = () => window.sessionStorage.removeItem(KEY);

function read() {
  try {
    return JSON.parse(window.sessionStorage.getItem(KEY));
  } catch {
    return null; // Not written by this version of the page.
  }
}
