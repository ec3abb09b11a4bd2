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
];

/** What is linked beside them: not pages of the desk. */
export const LINKS = [{ href: '/admin/queues', label: 'Queues', roles: OPERATOR }];
