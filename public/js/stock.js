import { count } from './format.js';

const seats = (number) => `${count(number)} ${number === 1 ? 'seat' : 'seats'}`;

/** What is left of a concert's seats, in words; null where the room does not tell. */
export function stockInWords({ stock }) {
  if (!stock) return null;
  const { available, held } = stock;
  if (available + held === 0) return 'All seats are sold.';
  const back = `${seats(held)} ${held === 1 ? 'is' : 'are'} held by others and may come back`;
  if (available === 0) return `No seat is free at the moment, but ${back}.`;
  return `${seats(available)} left${held === 0 ? '.' : `; ${back}.`}`;
}

/** Whether so many are in front that the seats may not last. */
export function isScarce({ stock, position }) {
  return Boolean(stock) && position !== null && position > stock.available + stock.held;
}

export const SOLD_OUT =
  'Sold out. Nobody is let in for now. Your place is kept: if a seat comes back, admission goes on from the front.';
