import { h } from '../../js/dom.js';

/**
 * What an act has changed, part by part: as it was, struck out, and as it is since. Parts of parts have a name of their own,
 * such as `queue.paused`.
 */
export function difference(before, after) {
  const [was, is] = [partsOf(before), partsOf(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  if (names.length === 0) return null;
  return h(
    'dl',
    { className: 'difference' },
    names.map((name) => h('div', {}, h('dt', {}, name), h('dd', {}, changeOf(was, is, name)))),
  );
}

/** What is in both parts alike is no change, and told once. */
function changeOf(was, is, name) {
  const [before, after] = [was.get(name), is.get(name)];
  if (before === after) return [shown(after)];
  return [
    before === undefined ? null : h('del', {}, shown(before)),
    before === undefined || after === undefined ? null : ' → ',
    after === undefined ? null : h('ins', {}, shown(after)),
  ];
}

const shown = (text) => (text === '' ? '(empty)' : text);

/** Each part that has no parts, as text, by its path. */
function partsOf(value, path = '', found = new Map()) {
  if (value === null || value === undefined) {
    if (path !== '') found.set(path, 'nothing');
  } else if (typeof value === 'object' && !Array.isArray(value)) {
    for (const [name, part] of Object.entries(value))
      partsOf(part, path === '' ? name : `${path}.${name}`, found);
  } else {
    found.set(path === '' ? 'value' : path, Array.isArray(value) ? listOf(value) : String(value));
  }
  return found;
}

const listOf = (values) =>
  values.length === 0
    ? 'none'
    : values.map((each) => (typeof each === 'object' ? JSON.stringify(each) : String(each))).join(', ');
