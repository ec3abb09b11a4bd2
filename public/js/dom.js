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

/** Puts the focus where reading goes on: on the heading of what has just come, else on the page's content. */
export function focusOn(root) {
  const goal = root.querySelector('h1, h2, h3') ?? root.closest('main') ?? root;
  goal.tabIndex = -1;
  goal.focus();
}

/**
 * Changes what is in a place. When the focus was on something that went, keyboards and screen readers would start again
 * at the top of the page: they go on at the place's heading, or at what `goalOf` gives.
 */
export function change(root, draw, goalOf = () => null) {
  const hadFocus = root.contains(document.activeElement);
  draw();
  const now = document.activeElement;
  if (!hadFocus || (root.contains(now) && now.closest('[hidden]') === null)) return;
  const goal = goalOf();
  if (goal === null) focusOn(root);
  else goal.focus();
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
    change(root, () => {
      root.replaceChildren();
      view(root, props, current.signal);
    });
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
