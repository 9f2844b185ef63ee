/** How a registry asks who we are. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service: string | undefined;
      readonly scope: string | undefined;
    };

/** Reads a WWW-Authenticate header; undefined when it asks for nothing that we know. A token is preferred to a password. */
export function parseChallenge(header: string): Challenge | undefined {
  const bearer = /(?:^|,)\s*bearer\s+(.*)$/is.exec(header)?.[1];
  const parameters = new Map<string, string>();
  for (const [, name, quoted, plain] of (bearer ?? '').matchAll(/([a-z_]+)\s*=\s*(?:"([^"]*)"|([^\s",]+))/gi)) {
    if (name !== undefined) parameters.set(name.toLowerCase(), quoted ?? plain ?? '');
  }
  const realm = parameters.get('realm');
  if (realm !== undefined) {
    return { scheme: 'bearer', realm, service: parameters.get('service'), scope: parameters.get('scope') };
  }
  return /(?:^|,)\s*basic\b/i.test(header) ? { scheme: 'basic' } : undefined;
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
