export interface Use {
  readonly kind: string;
  readonly version: string | undefined;
}

/** `postgres@18`, `postgres:18`, `redis`; `latest` is the same as no version. */
export function parseUse(text: string): Use {
  const match = /^\s*([^@:\s]+)\s*(?:[@:]\s*(\S+))?\s*$/.exec(text);
  if (!match?.[1]) return { kind: text.trim(), version: undefined };
  const version = match[2];
  return { kind: match[1].toLowerCase(), version: version === 'latest' ? undefined : version };
}

/** `db=postgres@18` names the service, `postgres@18` does not. */
export function parseNamed(text: string): { readonly name: string | undefined; readonly rest: string } {
  const match = /^([A-Za-z0-9][\w-]*)=(.*)$/s.exec(text);
  return match ? { name: match[1], rest: match[2] ?? '' } : { name: undefined, rest: text };
}
