/** How a registry asks who we are. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service: string | undefined;
      readonly scope: string | undefined;
    };

/** A scheme, or `name=value` of the scheme before; commas and schemes within quotes are text. */
const PIECE = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+)))?/g;

/** Reads a WWW-Authenticate header; undefined when it asks for nothing that we know. A token is preferred to a password. */
export function parseChallenge(header: string): Challenge | undefined {
  const asked: { readonly scheme: string; readonly parameters: Map<string, string> }[] = [];
  for (const [, name = '', quoted, plain] of header.matchAll(PIECE)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) asked.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else asked.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  for (const { scheme, parameters } of asked) {
    const realm = parameters.get('realm');
    if (scheme !== 'bearer' || realm === undefined) continue;
    return { scheme, realm, service: parameters.get('service'), scope: parameters.get('scope') };
  }
  return asked.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

/** Unites scopes like `repository:acme/models:pull,push`, so that one token serves reading and writing in turns. */
export function uniteScopes(known: string | undefined, asked: string | undefined): string | undefined {
  const actions = new Map<string, Set<string>>();
  for (const scope of `${known ?? ''} ${asked ?? ''}`.split(' ').filter(Boolean)) {
    const at = scope.lastIndexOf(':');
    const [name, granted] = [scope.slice(0, at), scope.slice(at + 1).split(',')];
    actions.set(name, new Set([...(actions.get(name) ?? []), ...granted]));
  }
  return [...actions].map(([name, granted]) => `${name}:${[...granted].join(',')}`).join(' ') || undefined;
}
