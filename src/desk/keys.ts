// What the operators' desk is told, in Redis. All of it goes by itself, and may be lost at any time.

const desk = (name: string): string => `frontrow:{desk}:${name}`;

/** string, JSON: all that a desk shows, as last sampled */
export const NOW_KEY = desk('now');
/** hash: what ended, or was refused at the door ("concert place kind outcome") → how often, since the last sample; `since`: ms */
export const COUNTS_KEY = desk('counts');
/** list of the same, sample by sample, the last one last: "since until", then a line for each count */
export const RECENT_KEY = desk('recent');
/** hash: worker → its last sign of life (ms), a space, and what it serves, as JSON */
export const WORKERS_KEY = desk('workers');

/** hash: place in the ring of the last hour → one sample of this concert: its moment (ms), a space, numbers as JSON */
export const curveKey = (concertId: string): string => `frontrow:{desk:${concertId}}:curve`;
