import { h } from '../../js/dom.js';
import { difference } from './difference.js';
import { addressOf } from './filter.js';
import { ACTIONS, pageOf } from './words.js';

const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

/** One act: each of its parts leads to all others that are like it. */
export function entryItem({ at, who, action, subject, before, after, requestId }) {
  const page = pageOf(subject);
  return h(
    'li',
    { className: 'card', tabIndex: -1 },
    h(
      'p',
      {},
      h('time', { dateTime: at, title: at, className: 'muted' }, moment.format(new Date(at))),
      ' ',
      who === null
        ? h('a', { href: addressOf({ who: 'service' }) }, 'The service itself')
        : h('a', { href: addressOf({ who: who.email ?? who.id }) }, who.email ?? who.name),
      ' ',
      h('a', { href: addressOf({ action }) }, ACTIONS[action] ?? action),
      ': ',
      h('a', { href: addressOf({ subject }) }, subject),
      page === null ? null : [' (', h('a', { href: page, 'aria-label': `Open ${subject}` }, 'open'), ')'],
    ),
    difference(before, after),
    requestId === null ? null : h('p', { className: 'muted' }, `Request ${requestId}`),
  );
}
