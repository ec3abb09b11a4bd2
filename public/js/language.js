import en from './words/en.js';

/** By the tag that `lang` takes, as their own speakers call them. */
export const LANGUAGES = { en: 'English', ko: '한국어' };
const KEY = 'frontrow.language';

// English until a page has chosen: the operators' desk, which shares these modules, never does.
let words = en;
let tag = 'en';
let plurals = new Intl.PluralRules(tag);
let numbers = new Intl.NumberFormat(tag);
const listeners = new Set();

/** The language that is spoken now. */
export const language = () => tag;

/** Called when the language has been switched. */
export const onLanguage = (listener) => listeners.add(listener);

/**
 * A text of the page. `{name}` stands for a value; numbers are written as the language does, and `count` chooses the form
 * of the plural.
 */
export function t(key, values = {}) {
  const text = words[key];
  const form = typeof text === 'string' ? text : (text[plurals.select(values.count)] ?? text.other);
  return form.replaceAll(/\{(\w+)\}/g, (_all, name) => {
    const value = values[name];
    return typeof value === 'number' ? numbers.format(value) : String(value);
  });
}

/** A text for something that the service names, such as a status; null where this page does not know it yet. */
export const known = (key) => words[key] ?? null;

/** Speaks the language that was chosen before, else the first of the browser's that there is. */
export async function startLanguage() {
  await speak(chosen() ?? firstOf(window.navigator.languages ?? []));
}

/** Switches, and remembers it. */
export async function setLanguage(next) {
  await speak(next);
  window.localStorage.setItem(KEY, next);
  for (const listener of listeners) listener();
}

async function speak(next) {
  words = next === 'ko' ? (await import('./words/ko.js')).default : en;
  tag = next;
  plurals = new Intl.PluralRules(tag);
  numbers = new Intl.NumberFormat(tag);
  document.documentElement.lang = tag;
}

const chosen = () => {
  const kept = window.localStorage.getItem(KEY);
  return Object.hasOwn(LANGUAGES, kept ?? '') ? kept : null;
};

const firstOf = (wanted) =>
  wanted.map((each) => each.split('-')[0].toLowerCase()).find((each) => Object.hasOwn(LANGUAGES, each)) ??
  'en';
