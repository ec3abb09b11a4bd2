import { h } from '../../js/dom.js';
import { count } from '../../js/format.js';

const LINES_AROUND = 1;
const LONGEST_LINE = 200;

/** Every fault, each beside the lines of the file that it is about. */
export function faultList(name, text, errors, moreErrors) {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n?|\n/);
  const many = moreErrors
    ? `more than ${count(errors.length)} faults`
    : errors.length === 1
      ? 'a fault'
      : `${count(errors.length)} faults`;
  return h(
    'div',
    { className: 'notice bad' },
    h('h3', {}, `${name} has ${many}`),
    h('p', {}, 'Nothing was made. Correct the file and choose it again.'),
    h(
      'ol',
      { className: 'faults' },
      errors.map((error) => h('li', {}, error.message, excerpt(lines, error.line))),
    ),
  );
}

function excerpt(lines, line) {
  if (line === null || lines[line - 1] === undefined) return null;
  const from = Math.max(1, line - LINES_AROUND);
  const to = Math.min(lines.length, line + LINES_AROUND);
  const shown = [];
  for (let number = from; number <= to; number += 1) {
    const text = `${String(number).padStart(6)}  ${lines[number - 1].slice(0, LONGEST_LINE)}\n`;
    shown.push(number === line ? h('mark', {}, text) : text);
  }
  return h('pre', { tabIndex: 0, 'aria-label': `Lines ${from} to ${to}` }, shown);
}
