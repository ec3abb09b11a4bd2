/** The page of an address among those given, with its parameters; null: none of them. */
export function pageAt(pages, hash) {
  for (const page of pages) {
    const params = paramsOf(page.pattern, hash);
    if (params !== null) return { page, params };
  }
  return null;
}

function paramsOf(pattern, hash) {
  const wanted = pattern.split('/');
  // What follows a question mark is the page's own, such as what it searches for.
  const parts = hash.split('?')[0].split('/');
  if (wanted.length !== parts.length) return null;
  const params = {};
  for (const [index, name] of wanted.entries()) {
    const part = decoded(parts[index]);
    if (name.startsWith(':') && part !== '') params[name.slice(1)] = part;
    else if (name !== part) return null;
  }
  return params;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // An address that somebody has cut in its middle.
  }
}
