import { h } from '../../js/dom.js';

const SCRIPT = '/admin/vendor/uPlot.iife.min.js';
const STYLE = '/admin/vendor/uPlot.min.css';
let loading = null;

/** The library that draws, fetched when something is to be drawn for the first time. @returns null where it cannot be had */
export function chartLibrary() {
  loading ??= new Promise((resolve) => {
    document.head.append(h('link', { rel: 'stylesheet', href: STYLE }));
    const failed = () => {
      loading = null;
      resolve(null);
    };
    document.head.append(
      h('script', { src: SCRIPT, onload: () => resolve(window.uPlot ?? null), onerror: failed }),
    );
  });
  return loading;
}
