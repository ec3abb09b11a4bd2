import { read, send } from './api.js';

const STATUSES = { A: 'AVAILABLE', H: 'HELD', S: 'SOLD', B: 'BLOCKED' };

/**
 * The seats of one date as they change. The first reading gives every seat; the next ones those that have changed since,
 * as `{id, status}`, or every seat again where the service cannot tell the difference any more.
 * @throws ProblemError from `read`; `layout` is where sections lie, once the map was read
 */
export function createSeatFeed(scheduleId, concertId) {
  const path = `/api/concerts/schedules/${encodeURIComponent(scheduleId)}/seats?form=runs`;
  let version = null;
  let etag = null;
  let layout;
  return {
    async read(signal) {
      const since = version === null ? '' : `&since=${encodeURIComponent(version)}`;
      const headers = etag === null ? {} : { 'If-None-Match': etag };
      const response = await send('GET', `${path}${since}`, { headers, concertId, signal });
      if (response.status === 304) return [];
      const answer = await read(response);
      etag = response.headers.get('etag');
      version = answer.version;
      layout = answer.layout ?? layout;
      return answer.changed ?? seatsOf(answer);
    },
    get layout() {
      return layout;
    },
  };
}

/** Seats travel by runs of those that differ in nothing but their number, with a character each for their state. */
export function seatsOf({ scheduleId, runs, states }) {
  return runs.flatMap(({ first, last, labels, afterGap, ...facts }) =>
    Array.from({ length: last - first + 1 }, (_, place) => {
      const number = first + place;
      const status = STATUSES[states[number - 1]] ?? 'BLOCKED'; // Not known to this page, and surely not free.
      const label = labels?.[place] || undefined;
      return {
        ...facts,
        id: `${scheduleId}-${number}`,
        number,
        label,
        afterGap: afterGap === true && place === 0,
        status,
      };
    }),
  );
}
