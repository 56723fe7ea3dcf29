import type { Json } from './json.ts';

/** Options of a service as the configuration has them, read as the type that their specification names. */
export type OptionValues = Readonly<Record<string, Json>>;

/** Undefined when it is absent or empty. */
export function textOption(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return value === undefined || value === null || value === '' ? undefined : String(value);
}

export function listOption(options: OptionValues, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** `words`: how the server writes a boolean. YAML reads `on`, `off`, `yes` and `no` as words, but `true` as a boolean. */
export function mapOption(
  options: OptionValues,
  name: string,
  words: { readonly true: string; readonly false: string },
): Readonly<Record<string, string>> {
  const value = options[name];
  if (value === null || value === undefined || typeof value !== 'object' || Array.isArray(value)) return {};
  const toText = (inner: Json) => (typeof inner === 'boolean' ? words[`${inner}`] : String(inner ?? ''));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toText(inner)]));
}
