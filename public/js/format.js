const number = new Intl.NumberFormat('en');
const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const range = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  month: 'short',
  day: 'numeric',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
});

export const count = (value) => number.format(value);
export const points = (value) => `${number.format(value)} ${Math.abs(value) === 1 ? 'point' : 'points'}`;
export const when = (iso) => moment.format(new Date(iso));
export const span = (start, end) => range.formatRange(new Date(start), new Date(end));
/** `label`: what is printed on the chair, where that is not its number. */
export const seatName = ({ section, row, number: seat, label }) =>
  `${section}, row ${row}, seat ${label ?? seat}`;

/** `4:05`, for countdowns. */
export function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** An estimate in the words of somebody who does not promise the second. */
export function roughly(seconds) {
  if (seconds === null) return 'not known yet';
  if (seconds < 60) return 'less than a minute';
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return minutes === 1 ? 'about a minute' : `about ${minutes} minutes`;
  const hours = Math.round(minutes / 6) / 10;
  if (hours < 48) return hours === 1 ? 'about an hour' : `about ${hours} hours`;
  return `about ${Math.round(hours / 24)} days`;
}
