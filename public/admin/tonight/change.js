import { read, send } from '../../js/api.js';
import { h } from '../../js/dom.js';
import { attempt } from '../../js/problem.js';
import { confirmAct } from '../confirm.js';
import { tellEffect } from '../effect.js';
import { limitsInWords, timeOf } from './words.js';

/** So long may the room that is shown be older than an act made here. */
const AHEAD_MS = 10_000;

/**
 * What steers one room. Each act is asked about first, made in view of the policy that is shown, and told of once the room says so.
 * @param current gives the room as it is shown
 */
export function createChanges(current) {
  let awaited = null;
  let isAsking = false;
  let ahead = null;

  /** What the next act is made in view of: what is shown, or what an act made here has made of it since. */
  function basis() {
    const { policy, policyVersion: version } = current();
    const isBehind = ahead !== null && ahead.passed.has(version) && Date.now() < ahead.until;
    if (!isBehind) ahead = null;
    return ahead ?? { policy, version, passed: new Set([version]) };
  }

  async function change(notice, control, { ask, part, done, isSeen = () => true }) {
    if (isAsking) return false;
    isAsking = true;
    const goesOn = await confirmAct(ask);
    isAsking = false;
    if (!goesOn) return false;
    const before = basis();
    ahead = null;
    await attempt(notice, control, async () => {
      ahead = await patch(current().concertId, part, before);
    });
    if (ahead === null) return false;
    awaited = { version: ahead.version, done, isSeen };
    seen(current());
    return true;
  }

  /** To be told of every state of the room: whether what was asked for has come about. */
  function seen(room) {
    if (awaited === null || room.policyVersion !== awaited.version || !awaited.isSeen(room)) return;
    tellEffect(...awaited.done);
    awaited = null;
  }

  return { change, seen };
}

/** @returns what is in force now, and which versions it has passed; null: left as somebody else has made it */
async function patch(concertId, part, { policy, version, passed }) {
  const path = `/api/admin/concerts/${encodeURIComponent(concertId)}/queue`;
  try {
    const response = await send('PATCH', path, { body: part, headers: { 'If-Match': `"${version}"` } });
    const made = response.headers.get('etag')?.replaceAll('"', '') ?? version;
    const until = Date.now() + AHEAD_MS;
    return { policy: (await read(response)).policy, version: made, passed: passed.add(version), until };
  } catch (error) {
    if (error.code !== 'PRECONDITION_FAILED') throw error;
    const { policy: now, policyVersion, changedBy } = error.members;
    const goOn = await confirmAct({
      title: 'This room was changed meanwhile',
      text: [changedWords(changedBy), differences(policy, now), 'Your change is not made yet.'],
      act: 'Make my change all the same',
    });
    return goOn ? patch(concertId, part, { policy: now, version: policyVersion, passed }) : null;
  }
}

function changedWords(changedBy) {
  if (changedBy === null) return 'Somebody has changed it since you looked.';
  const who = changedBy.name === null ? 'The service itself' : `${changedBy.name} (${changedBy.email})`;
  return `${who} changed it at ${timeOf(changedBy.at)}.`;
}

const WORDS = {
  paused: ({ paused }) => (paused ? 'admission is paused' : 'admission goes on'),
  maxActive: limitsInWords,
  admitPerInterval: limitsInWords,
  admitIntervalMs: limitsInWords,
  message: ({ message }) => (message === null ? 'no message' : `the message “${message}”`),
};

/** What is another now than what was shown. */
function differences(before, now) {
  const changed = Object.keys(now).filter((name) => now[name] !== before[name]);
  const words = changed.map((name) => WORDS[name]?.(now) ?? `${name}: ${now[name] ?? 'none'}`);
  return h(
    'ul',
    {},
    [...new Set(words)].map((text) => h('li', {}, `Now: ${text}`)),
  );
}
