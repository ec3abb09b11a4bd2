import { ask, send } from './api.js';
import { checkoutView } from './checkout.js';
import { confirmed } from './confirm.js';
import { button, change, createStage, h, sleep } from './dom.js';
import { readEvents } from './event-stream.js';
import { field } from './fields.js';
import { points, span, startOf, when, zoneWords } from './format.js';
import { known, t } from './language.js';
import { attempt, createNotice, keepTrying, retrying } from './problem.js';
import { ticketCard } from './tickets.js';
import { createUnderWay } from './under-way.js';
import { zoneOf } from './zones.js';

const PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 30_000;

/** What this fan waits for: told by a stream, so that an offer is seen at once, wherever on the page one is. */
export function waitlistView(root, _props, signal) {
  const notice = createNotice();
  const list = h('ul', { className: 'cards' });
  const none = h('p', { className: 'muted' }, t('waitlist.none'));
  const heading = h('h2', { tabIndex: -1 }, t('waitlist.title'));
  root.append(heading, notice.element, none, list);
  const cards = new Map();

  const onEntries = (entries) => {
    notice.clear();
    none.hidden = entries.length > 0;
    for (const [id, card] of cards) if (!entries.some((entry) => entry.id === id)) remove(id, card);
    entries.forEach((entry, place) => {
      const card = cards.get(entry.id) ?? entryCard(signal);
      cards.set(entry.id, card);
      card.update(entry);
      const there = list.children[place] ?? null;
      if (there !== card.element) list.insertBefore(card.element, there);
    });
  };
  const remove = (id, card) => {
    cards.delete(id);
    change(
      list,
      () => card.element.remove(),
      () => heading,
    );
  };
  void follow({ signal, onEntries, onTrouble: (error) => notice.show(retrying(error)) });
}

/** Reads the stream until the signal is aborted, and opens it again whenever it has ended. */
async function follow({ signal, onEntries, onTrouble }) {
  let pauseMs = PAUSE_MS;
  while (!signal.aborted) {
    try {
      const response = await send('GET', '/api/waitlist/events', { signal });
      await readEvents(response, (name, data) => {
        pauseMs = PAUSE_MS;
        if (name === 'entries' && !signal.aborted) onEntries(JSON.parse(data).entries);
      });
    } catch (error) {
      if (signal.aborted || `${error.code}`.startsWith('TOKEN_')) return;
      onTrouble(error);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
    await sleep(pauseMs, signal);
  }
}

/** One entry. It is drawn anew when its status changes; while seats are on offer it is their checkout. */
function entryCard(signal) {
  const element = h('li', { className: 'card' });
  const head = h('h3', {});
  const place = h('p', { role: 'status' });
  const notice = createNotice();
  const leave = button(t('waitlist.leave'), () => void go(), { className: 'quiet' });
  const inside = h('div');
  const show = createStage(inside, signal);
  const facts = h('p', { className: 'muted' });
  element.append(head, facts, place, notice.element, leave, inside);
  let entry = null;

  const go = () =>
    attempt(notice, leave, async () => {
      const words = { title: t('waitlist.confirm'), details: t('waitlist.what'), yes: t('waitlist.yes') };
      if (!(await confirmed(words, signal))) return;
      await send('DELETE', `/api/waitlist/${encodeURIComponent(entry.id)}`);
    });

  return {
    element,
    update: (next) => {
      const before = entry?.status;
      entry = next;
      const { concertId, concertTitle, startAt, sections } = entry;
      head.textContent = `${known(`entry.${entry.status}`) ?? entry.status}: ${concertTitle}`;
      void zoneOf(concertId).then((zone) => {
        const at = [startOf(startAt, zone), zoneWords(startAt, zone)];
        facts.textContent = [...at, seatsOf(next), ...(sections ?? [])].join(' · ');
      });
      place.textContent = outlookOf(entry);
      leave.hidden = entry.status !== 'WAITING';
      if (entry.status === before) return;
      const offered = entry.status === 'OFFERED';
      if (offered) show(offerView, { entry });
      // A payment that was under way tells its own end.
      else if (entry.status !== 'TAKEN') show(() => undefined);
    },
  };
}

const seatsOf = (entry) => t('seats', { count: entry.count });

function outlookOf({ status, position, offerEndsAt }) {
  if (status === 'WAITING')
    return position === 1 ? t('waitlist.next') : t('waitlist.before', { count: position - 1 });
  if (status === 'OFFERED') return t('waitlist.offered', { until: when(offerEndsAt) });
  if (status === 'TAKEN') return t('waitlist.paid');
  if (status === 'EXPIRED') return t(offerEndsAt === null ? 'waitlist.dateOver' : 'waitlist.offerOver');
  return t('waitlist.left');
}

/** The seats on offer: paid right here, without the waiting room, or left to the next. */
function offerView(root, { entry }, signal) {
  const notice = createNotice();
  root.append(notice.element);
  const show = createStage(root, signal);
  void keepTrying(notice, signal, async () => {
    const path = `/api/bookings/${encodeURIComponent(entry.bookingId)}`;
    const { booking } = await ask('GET', path, { signal });
    if (signal.aborted) return;
    show(checkoutView, {
      booking,
      commands: createUnderWay(),
      onPaid: ({ payment, tickets }) => show(paidView, { payment, tickets }),
      onReleased: () => root.replaceChildren(),
      onRefused: () => undefined,
    });
  });
}

function paidView(root, { payment, tickets }, signal) {
  root.append(
    h(
      'div',
      { className: 'notice good', role: 'status' },
      t('waitlist.paidAmount', { amount: points(payment.amount) }),
    ),
    h(
      'ul',
      { className: 'cards' },
      tickets.map((ticket) => ticketCard(ticket, {}, signal)),
    ),
  );
}

/** Before the waiting room: dates that are sold out, and their waiting lists. Nobody has to be inside for that. */
export function soldOutDatesView(root, { concert }, signal) {
  const notice = createNotice();
  const list = h('ul', { className: 'cards' });
  const section = h('section', { hidden: true }, h('h2', {}, t('waitlist.soldOutNow')), notice.element, list);
  root.append(section);
  const load = async () => {
    const path = `/api/concerts/${encodeURIComponent(concert.id)}/schedules`;
    const { schedules } = await ask('GET', path, { signal });
    const soldOut = schedules.filter(({ seats }) => seats.available === 0);
    section.hidden = soldOut.length === 0;
    list.replaceChildren(
      ...soldOut.map((schedule) =>
        h(
          'li',
          { className: 'card' },
          h('h3', {}, span(schedule.startAt, schedule.endAt, concert.timeZone)),
          h('p', { className: 'muted' }, zoneWords(schedule.startAt, concert.timeZone)),
          joinForm(schedule, concert.timeZone),
        ),
      ),
    );
  };
  void keepTrying(notice, signal, load);
}

/** Waits for seats of one date. */
export function joinForm({ id, startAt, endAt }, timeZone) {
  const notice = createNotice();
  const wanted = field(t('waitlist.count'), { type: 'number', min: 1, max: 100, value: '1', required: true });
  const accessible = h('input', { type: 'checkbox' });
  const submit = h(
    'button',
    { 'aria-label': t('waitlist.joinFor', { times: span(startAt, endAt, timeZone) }) },
    t('waitlist.join'),
  );
  const join = async () => {
    const { entry } = await ask('POST', `/api/concerts/schedules/${encodeURIComponent(id)}/waitlist`, {
      body: { count: Number(wanted.input.value), accessible: accessible.checked },
    });
    const place = entry?.position ? t('waitlist.number', { count: entry.position }) : '';
    notice.say(t('waitlist.joined'), `${place} ${t('waitlist.where')}`.trim());
    change(form, () => fields.remove());
  };
  const fields = h(
    'div',
    { className: 'row' },
    wanted.element,
    h('label', {}, accessible, ` ${t('waitlist.accessible')}`),
    submit,
    h('p', { className: 'muted' }, t('waitlist.how')),
  );
  const form = h(
    'form',
    {
      noValidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void attempt(notice, submit, join, { count: wanted });
      },
    },
    notice.element,
    fields,
  );
  return form;
}
