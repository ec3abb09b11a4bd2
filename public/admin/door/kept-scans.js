const PREFIX = 'frontrow.door.scan.';

/**
 * Scans in this browser's storage, each under a key of its own: two tabs do not write over each other's. Where the storage is
 * full or forbidden, nothing is kept, and it says so.
 */
export function keptScans() {
  let works = true;
  const attempt = (work) => {
    try {
      work();
    } catch {
      works = false;
    }
  };
  return {
    /** Newest first. */
    all() {
      const found = [];
      attempt(() => {
        for (let index = 0; index < localStorage.length; index += 1) {
          const key = localStorage.key(index);
          if (key.startsWith(PREFIX)) found.push(parsed(localStorage.getItem(key)));
        }
      });
      return found.filter((scan) => scan !== null).sort((one, other) => other.at - one.at);
    },
    put: (scan) => attempt(() => localStorage.setItem(PREFIX + scan.scanId, JSON.stringify(scan))),
    drop: ({ scanId }) => attempt(() => localStorage.removeItem(PREFIX + scanId)),
    works: () => works,
  };
}

/** null: not written by this version of the page. */
function parsed(text) {
  try {
    const scan = JSON.parse(text);
    const isOne = typeof scan.scanId === 'string' && typeof scan.code === 'string' && 'answer' in scan;
    return isOne ? scan : null;
  } catch {
    return null;
  }
}
