import type { Middleware } from 'koa';
import type { FoundSchedule, ScheduleSearch } from '../../models/schedule-search';
import { scheduleQueueName } from '../../jobs/queues/names';
import type { RequestState } from '../endpoint';

const LONGEST_SEARCH = 200;

/** Where operators look for a date's queue: the dashboard itself lists only those with work. */
export function findPage(search: ScheduleSearch, boardPath: string): Middleware<RequestState> {
  return async (ctx) => {
    const { q = '' } = ctx.query;
    const text = String(Array.isArray(q) ? q[0] : q)
      .replaceAll('\u0000', '')
      .trim()
      .slice(0, LONGEST_SEARCH);
    const found = text === '' ? [] : await search(text);
    ctx.type = 'html';
    ctx.set('Cache-Control', 'no-store');
    ctx.set('Content-Security-Policy', "default-src 'none'; form-action 'self'; style-src 'unsafe-inline'");
    ctx.body = page(text, found, boardPath);
  };
}

function page(text: string, found: readonly FoundSchedule[], boardPath: string): string {
  const rows = found.map(
    ({ scheduleId, concertTitle, startAt }) =>
      `<li><a href="${boardPath}/queue/${scheduleQueueName(scheduleId)}">${scheduleQueueName(scheduleId)}</a>
       ${escaped(concertTitle)}, ${startAt.toISOString()}</li>`,
  );
  const nothing = text === '' ? '' : '<p>No date has this id, concert id or title.</p>';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Find a date's queue</title>
<style>body{font:16px/1.5 system-ui;max-width:45rem;margin:2rem auto;padding:0 1rem}</style>
<h1>Find a date's queue</h1>
<form><input name="q" value="${escaped(text)}" aria-label="Date, concert or title" autofocus> <button>Find</button></form>
${rows.length === 0 ? nothing : `<ul>${rows.join('\n')}</ul>`}
<p><a href="${boardPath}/">All queues with work</a></p></html>`;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
