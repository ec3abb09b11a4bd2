import { ask } from './api.js';
import { h } from './dom.js';
import { count, when } from './format.js';
import { t } from './language.js';
import { createNotice, keepTrying } from './problem.js';

/** How a fan sees that a draw was fair: what was committed to, what was drawn, and how to recompute it. Reads it when opened. */
export function createDrawProof(concertId, signal) {
  const path = `/api/concerts/${encodeURIComponent(concertId)}/draw`;
  const notice = createNotice();
  const facts = h('dl', { className: 'numbers proof' });
  const own = h('p');
  const link = h('a', { href: `${path}/order`, target: '_blank', rel: 'noopener' }, t('draw.order'));
  const element = h(
    'details',
    { hidden: true, ontoggle: () => element.open && void load() },
    h('summary', {}, t('draw.title')),
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
      const beacon = draw.beacon && `${draw.beacon.value ?? t('draw.unknown')} (${draw.beacon.source})`;
      const rows = {
        'draw.commitment': draw.commitment,
        'draw.seed': draw.seed ?? t('draw.seed.later'),
        'draw.entrants': draw.entrants === null ? t('draw.entrants.later') : count(draw.entrants),
        'draw.hash': draw.entrantsHash ?? t('draw.hash.later'),
        'draw.beacon': beacon ?? t('draw.beacon.none'),
        'draw.drawn': draw.drawnAt === null ? t('draw.drawn.later') : when(draw.drawnAt),
      };
      facts.replaceChildren(
        ...Object.entries(rows).map(([name, value]) =>
          h('div', {}, h('dt', {}, t(name)), h('dd', {}, value)),
        ),
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
      own.textContent = pseudonym === null ? t('draw.late') : t('draw.pseudonym', { pseudonym });
      link.hidden = !isMade;
      if (isNews) void load();
    },
  };
}
