import { read, send } from './api.js';

/**
 * The seats of one date as they change. The first reading gives every seat; the next ones those that have changed since,
 * as `{id, status}`, or every seat again where the service cannot tell the difference any more.
 * @throws ProblemError from `read`; `layout` is where sections lie, once the map was read
 */
export function createSeatFeed(scheduleId, concertId) {
  const path = `/api/concerts/schedules/${encodeURIComponent(scheduleId)}/seats`;
  let version = null;
  let etag = null;
  let layout;
  const readSeats = async (signal) => {
    const since = version === null ? '' : `?since=${encodeURIComponent(version)}`;
    const headers = etag === null ? {} : { 'If-None-Match': etag };
    const response = await send('GET', `${path}${since}`, { headers, concertId, signal });
    if (response.status === 304) return [];
    const answer = await read(response);
    etag = response.headers.get('etag');
    version = answer.version;
    layout = answer.layout ?? layout;
    return answer.changed ?? answer.seats;
  };
  return {
    read: readSeats,
    get layout() {
      return layout;
    },
  };
}
