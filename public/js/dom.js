/**
 * Makes an element. Texts become text nodes, so nothing that an operator or a fan typed is ever read as markup.
 * `on…` adds a listener; what the element has as a property is set as one, the rest as attributes.
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name in node) node[name] = value;
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** A button that does not send a form. */
export function button(label, onclick, props = {}) {
  return h('button', { type: 'button', onclick, ...props }, label);
}

/** A labelled input. The input is `field.input`, the element to place `field.element`. */
export function field(label, props, hint) {
  const input = h('input', props);
  const element = h('label', { className: 'field' }, h('span', {}, label), input);
  if (hint !== undefined) element.append(h('small', {}, hint));
  return { element, input };
}

/**
 * One place that shows one view after another. A view is `(root, props, signal)`; its signal is aborted when the next
 * one takes the place, which ends its requests, timers and streams.
 */
export function createStage(root, outer) {
  let current = new AbortController();
  outer?.addEventListener('abort', () => current.abort());
  return (view, props = {}) => {
    current.abort();
    if (outer?.aborted) return;
    current = new AbortController();
    root.replaceChildren();
    view(root, props, current.signal);
  };
}

/** Calls again and again until the signal is aborted, and not while nobody looks at the page. */
export function every(milliseconds, act, signal) {
  const timer = setInterval(() => {
    if (!document.hidden) act();
  }, milliseconds);
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** Resolves after the time, or at once when the signal is aborted. */
export function sleep(milliseconds, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done);
  });
}
