import { t } from './language.js';

/** What is left of a concert's seats, in words; null where the room does not tell. */
export function stockInWords({ stock }) {
  if (!stock) return null;
  const { available, held } = stock;
  if (available + held === 0) return t('stock.sold');
  const back = t('stock.held', { count: held });
  if (available === 0) return t('stock.noneFree', { back });
  const free = t('stock.left', { count: available });
  return held === 0 ? t('stock.only', { free }) : t('stock.both', { free, back });
}

/** Whether so many are in front that the seats may not last. */
export function isScarce({ stock, position }) {
  return Boolean(stock) && position !== null && position > stock.available + stock.held;
}
