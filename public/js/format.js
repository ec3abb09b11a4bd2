import { language, t } from './language.js';

const MOMENT = { dateStyle: 'medium', timeStyle: 'short' };
const RANGE = {
  weekday: 'short',
  month: 'short',
  day: 'numeric',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
};
const made = new Map();

/** Formats cost a hundred times what formatting does: each is made once. */
function formatOf(Kind, options) {
  const key = `${language()} ${Kind.name} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new Kind(language(), options));
  return made.get(key);
}

const dates = (options) => formatOf(Intl.DateTimeFormat, options);

export const count = (value) => formatOf(Intl.NumberFormat, {}).format(value);
export const points = (value) => t('points', { count: value });
export const when = (iso) => dates(MOMENT).format(new Date(iso));
export const seatName = ({ section, row, number }) =>
  t('seat.name', { section, row, number: String(number) });

/** From when to when a show is, by the clock of its place; by the reader's own where that is not told. */
export const span = (start, end, timeZone) =>
  dates({ ...RANGE, timeZone: timeZone ?? undefined }).formatRange(new Date(start), new Date(end));

/** When a show starts, by the same clock. */
export const startOf = (start, timeZone) =>
  dates({ ...RANGE, timeZone: timeZone ?? undefined }).format(new Date(start));

/** By which clock the times of a show are told. */
export function zoneWords(start, timeZone) {
  const options = { timeZone: timeZone ?? undefined, timeZoneName: 'long' };
  const parts = dates(options).formatToParts(new Date(start));
  const zone = parts.find(({ type }) => type === 'timeZoneName').value;
  return t(timeZone ? 'zone.show' : 'zone.yours', { zone });
}

/** `4:05`, for countdowns. */
export function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** An estimate in the words of somebody who does not promise the second. */
export function roughly(seconds) {
  if (seconds === null) return t('roughly.unknown');
  if (seconds < 60) return t('roughly.moment');
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t('roughly.minutes', { count: minutes });
  const hours = Math.round(minutes / 6) / 10;
  if (hours < 48) return t('roughly.hours', { count: hours });
  return t('roughly.days', { count: Math.round(hours / 24) });
}

/** What is left until a moment that counts down: by the second in its last minute. */
export const left = (ms) =>
  ms < 60_000 ? t('seconds', { count: Math.ceil(ms / 1000) }) : roughly(ms / 1000);
