import { ask } from './api.js';

const zones = new Map();

/** The zone of the place of a concert, for what names only the concert; null where it is not told, or nobody answers. */
export function zoneOf(concertId) {
  if (!zones.has(concertId)) zones.set(concertId, readZone(concertId));
  return zones.get(concertId);
}

async function readZone(concertId) {
  try {
    const { concert } = await ask('GET', `/api/concerts/${encodeURIComponent(concertId)}`);
    return concert.timeZone ?? null;
  } catch {
    zones.delete(concertId); // Asked again later. The reader's own clock is right too, and named as such.
    return null;
  }
}
