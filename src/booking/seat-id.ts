// Nine digits at most keep the number within Postgres's integer.
export const SEAT_ID = /^([1-9]\d{0,17})-([1-9]\d{0,8})$/;

/** A seat's public id holds its schedule and number, so that no look-up is needed to find its queue. */
export function seatId(scheduleId: string, number: number): string {
  return `${scheduleId}-${number}`;
}

/** @returns null for a text that is no seat's id */
export function parseSeatId(text: string): { scheduleId: string; number: number } | null {
  const match = SEAT_ID.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { scheduleId: match[1], number: Number(match[2]) };
}
