import { createStage, h } from './dom.js';
import { liveHold, paidBefore } from './holds.js';
import { insideView } from './inside.js';
import { askBeforeLeaving } from './leaving.js';
import { confirmed } from './confirm.js';
import { t } from './language.js';
import { attempt, createNotice, ProblemError, retrying } from './problem.js';
import { createUnderWay } from './under-way.js';
import { createWaitingCard } from './waiting-card.js';
import { follow, leave, look } from './waiting-room.js';

const GUARD = ['QUEUE_EXPIRED', 'QUEUE_WAITING', 'QUEUE_TOKEN_INVALID', 'QUEUE_TOKEN_MISSING'];

/** What somebody with a place can do: wait, choose seats, or, when the time for that is over, pay for what they hold. */
const stageOf = ({ status, mayHold }) =>
  status !== 'ACTIVE' ? 'WAITING' : mayHold === false ? 'PAYING' : 'CHOOSING';

/** The whole time with a place: the card about the place on top, and below it the seats once admitted. */
export function roomView(root, { concert, at, onOver, onPaid }, signal) {
  const { id } = concert;
  const notice = createNotice();
  const question = h('div');
  const inside = h('div');
  const showInside = createStage(inside, signal);
  const commands = createUnderWay();
  let state = null;
  let stage = null;
  let held = null;
  let choosing = new AbortController();

  const card = createWaitingCard({
    concert,
    signal,
    onState,
    onLeave: (control) => attempt(notice, control, () => toLeave(control)),
  });
  root.append(card.element, question, notice.element, inside);
  at(0);

  function onState(next, how) {
    state = next;
    notice.clear();
    card.update(state, how);
    void commands.idle().then(settle);
  }

  /** Shows what the last state allows. */
  function settle() {
    const next = stageOf(state);
    if (signal.aborted || next === stage) return;
    const before = stage;
    stage = next;
    if (before === 'CHOOSING' && next === 'PAYING') return choosing.abort();
    choosing = new AbortController();
    if (next === 'PAYING') choosing.abort();
    at(next === 'WAITING' ? 0 : 1);
    if (next === 'WAITING') showInside(() => undefined);
    else
      showInside(insideView, {
        concert,
        at,
        choosing: choosing.signal,
        commands,
        onCheckout,
        onPaid,
        onRefused,
      });
  }

  const onCheckout = (booking) => {
    held = booking;
  };

  async function toLeave(control) {
    await commands.idle();
    const kept = signal.aborted ? null : await liveHold(id, signal);
    if (signal.aborted) return;
    const go = async () => {
      await leave(id);
      if (!signal.aborted) onOver();
    };
    if (kept === null) return (await confirmed(leaveWords(stage), signal)) ? go() : undefined;
    askBeforeLeaving(question, kept, { onLeave: go, onStay: () => control.focus() }, signal);
  }

  async function end(refused) {
    // Paid for in another tab, or before this page was loaded anew: that is why the place has ended.
    const paid = held === null || signal.aborted ? null : await paidBefore(held);
    if (signal.aborted) return;
    if (paid !== null) return onPaid({ ...paid, schedule: null });
    onOver(...(refused === null || GUARD.includes(refused.code) ? [] : [refused]), endOf(stage));
  }

  /** Calls from inside are refused when the admission, or the time for choosing, is over: the room says which. */
  async function onRefused(error) {
    if (!GUARD.includes(error.code)) return;
    const refused = await commands.idle();
    if (signal.aborted) return;
    try {
      onState(await look(id, signal), 'poll');
    } catch (problem) {
      if (problem.code === 'NOT_QUEUED') end(refused);
    }
  }

  async function followPlace() {
    const onTrouble = (error) => notice.show(retrying(error));
    while (await follow(id, { signal, onState, onTrouble })) {
      if (!commands.any) return end(null);
      const refused = await commands.idle();
      if (signal.aborted) return;
      // The news is older than the answer: a hold, for one, may have kept the place.
      if (refused !== null) return end(refused);
    }
  }
  void followPlace();
}

const leaveWords = (stage) =>
  stage === 'WAITING'
    ? { title: t('giveUp.confirm'), details: t('giveUp.what'), yes: t('giveUp.yes') }
    : { title: t('leave.confirm'), details: t('leave.what'), yes: t('leave.yes') };

function endOf(stage) {
  if (stage === 'CHOOSING' || stage === 'PAYING')
    return new ProblemError({
      title: t('room.timeOver'),
      detail: t('room.timeOver.why'),
    });
  return new ProblemError({
    title: t('room.ended'),
    detail: t('room.ended.why'),
  });
}
