import { ask } from './api.js';
import { h } from './dom.js';
import { count, when } from './format.js';
import { createNotice, keepTrying } from './problem.js';

/** How a fan sees that a draw was fair: what was committed to, what was drawn, and how to recompute it. Reads it when opened. */
export function createDrawProof(concertId, signal) {
  const path = `/api/concerts/${encodeURIComponent(concertId)}/draw`;
  const notice = createNotice();
  const facts = h('dl', { className: 'numbers' });
  const own = h('p');
  const link = h('a', { href: `${path}/order`, target: '_blank', rel: 'noopener' }, 'The whole order');
  const element = h(
    'details',
    { hidden: true, ontoggle: () => element.open && void load() },
    h('summary', {}, 'How this draw can be checked'),
    own,
    notice.element,
    facts,
    h('p', { className: 'muted' }, `npm run verify:draw -- ${location.origin} ${concertId}`),
    link,
  );
  let pseudonym = null;
  let isMade = false;

  const load = () =>
    keepTrying(notice, signal, async () => {
      const draw = await ask('GET', path, { signal });
      const beacon = draw.beacon && `${draw.beacon.value ?? 'not known yet'} (${draw.beacon.source})`;
      const rows = {
        'Committed to': draw.commitment,
        Seed: draw.seed ?? 'told when it is drawn',
        Entrants: draw.entrants === null ? 'counted at the opening' : count(draw.entrants),
        'Hash of the entrants': draw.entrantsHash ?? 'told when the list is closed',
        'Public value': beacon ?? 'none',
        Drawn: draw.drawnAt === null ? 'not yet' : when(draw.drawnAt),
      };
      facts.replaceChildren(
        ...Object.entries(rows).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
      );
    });

  return {
    element,
    update: (state) => {
      const made = state.position !== null;
      const isNews = element.open && made !== isMade;
      [pseudonym, isMade] = [state.drawPseudonym ?? null, made];
      // Only before the order stands does the state of a late-comer say that there is a draw.
      if (pseudonym !== null || !made) element.hidden = false;
      own.textContent =
        pseudonym === null
          ? 'You came after its list was closed: you are not in it.'
          : `In the list you are called ${pseudonym}.`;
      link.hidden = !isMade;
      if (isNews) void load();
    },
  };
}
