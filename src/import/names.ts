/** Returns the name that a model elsewhere gets here unless the user chooses one: lower case, anything else `-`. */
export function modelNameFrom(name: string): string {
  return plain(name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-'));
}

function plain(name: string): string {
  return name
    .replace(/^[_-]+/, '')
    .slice(0, 63)
    .replace(/[_-]+$/, '');
}

/** Returns the name that a metric elsewhere gets here: lower case, anything else `_`, a letter first. */
export function metricNameFrom(name: string): string {
  const lower = name.toLowerCase().replace(/[^a-z0-9_]+/g, '_');
  return (/^[a-z]/.test(lower) ? lower : `m_${lower}`).slice(0, 63);
}

/** Returns an address without the user and password that it may hold: what is written here is read by everybody. */
export function withoutCredentials(uri: string): string {
  return uri.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1').slice(0, 2000);
}
