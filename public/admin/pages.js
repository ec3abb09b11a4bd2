import { concertPage } from './pages/concert.js';
import { concertsPage } from './pages/concerts.js';
import { datePage } from './pages/date.js';
import { tonightPage } from './pages/tonight.js';

const OPERATOR = ['operator'];

/**
 * The pages of the desk, in the order of its navigation. `pattern`: the address, with parameters as `:name`; one that has
 * none is linked. `roles`: who sees it. `page`: an `async (root, { params, signal, staff, name })` that fills `root` and
 * stops when the signal is aborted; `name(text)` puts what it is about into the window's title.
 * A role starts at its first page.
 */
export const PAGES = [
  { pattern: '#/tonight', title: 'Tonight', roles: ['operator', 'support'], page: tonightPage },
  { pattern: '#/concerts', title: 'Concerts', page: concertsPage, roles: OPERATOR },
  { pattern: '#/concerts/:id', title: 'A concert', page: concertPage, roles: OPERATOR },
  { pattern: '#/dates/:id', title: 'A date', page: datePage, roles: OPERATOR },
];

/** What is linked beside them: not pages of the desk. */
export const LINKS = [{ href: '/admin/queues', label: 'Queues', roles: OPERATOR }];
