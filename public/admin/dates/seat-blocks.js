import { ask } from '../../js/api.js';
import { sleep } from '../../js/dom.js';
import { ProblemError } from '../../js/problem.js';

const MOST_AT_ONCE = 5000;

/** Takes seats out of sale ('POST') or puts them back ('DELETE'). @returns how many are out of sale then */
export async function changeBlocks(path, method, seatNumbers) {
  let blocked = 0;
  for (let from = 0; from < seatNumbers.length; from += MOST_AT_ONCE) {
    const body = { seatNumbers: seatNumbers.slice(from, from + MOST_AT_ONCE) };
    ({ blocked } = await ended(await ask(method, `${path}/blocks`, { body })));
  }
  return blocked;
}

/** Recorded, but not decided yet: its job is asked until it has ended. */
async function ended(answer) {
  let { job } = answer;
  if (job === undefined) return answer;
  while (job.status === 'queued') {
    await sleep(job.pollAfterMs ?? 500);
    ({ job } = await ask('GET', `/api/jobs/${job.id}?wait=5`));
  }
  if (job.status === 'completed') return job.result;
  throw new ProblemError(job.error ?? { title: 'The change could not be carried out' });
}
