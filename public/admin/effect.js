import { button, h } from '../js/dom.js';

let place = null;

/** Tells what an act has brought about, at the foot of the window: also when the control that did it has gone. */
export function tellEffect(title, detail = '') {
  if (place === null || !place.isConnected) {
    place = h('div', { className: 'effect', role: 'status' });
    document.body.append(place);
  }
  place.replaceChildren(
    h(
      'div',
      { className: 'notice good' },
      h('strong', {}, title),
      ' ',
      h('span', {}, detail),
      ' ',
      button('Close', clearEffect, { className: 'link' }),
    ),
  );
}

/** Effects belong to the page on which they were made. */
export function clearEffect() {
  place?.replaceChildren();
}
