import { t } from './language.js';

const ICONS = { usual: '/favicon.svg', turn: '/favicon-turn.svg' };

/** What the tab is called while a view is shown, so that somebody who waits elsewhere sees it. @param parts the nearest first */
export function setTitle(...parts) {
  document.title = [...parts, t('brand')].filter((part) => Boolean(part)).join(' · ');
}

/** A mark on the tab's icon while it is one's turn. */
export function markTurn(isTurn) {
  const icon = document.querySelector('link[rel="icon"]');
  const href = isTurn ? ICONS.turn : ICONS.usual;
  if (icon !== null && icon.getAttribute('href') !== href) icon.setAttribute('href', href);
}
