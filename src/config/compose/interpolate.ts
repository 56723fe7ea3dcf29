export interface Interpolation {
  readonly text: string;
  /** Variables that were empty for want of a value. */
  readonly missing: readonly string[];
}

/** A `${NAME:?message}` without a value. */
export class RequiredVariableError extends Error {
  readonly variable: string;
  constructor(variable: string, message: string) {
    super(
      message === '' ? `the variable ${variable} is required and not set` : `the variable ${variable} is required: ${message}`,
    );
    this.variable = variable;
  }
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`, `${NAME:+other}` and `$$`, also nested, as compose fills them. */
export function interpolate(text: string, variables: Readonly<Record<string, string | undefined>>): Interpolation {
  const missing: string[] = [];
  let out = '';
  for (let at = 0; at < text.length; ) {
    if (text[at] !== '$') {
      out += text[at++];
      continue;
    }
    if (text[at + 1] === '$') {
      out += '$';
      at += 2;
      continue;
    }
    const bare = /^\$([A-Za-z_]\w*)/.exec(text.slice(at));
    const end = text[at + 1] === '{' ? closingBrace(text, at + 2) : -1;
    if (bare?.[1]) {
      out += takeValue(bare[1], variables, missing);
      at += bare[0].length;
    } else if (end !== -1) {
      out += fill(text.slice(at + 2, end), variables, missing);
      at = end + 1;
    } else out += text[at++];
  }
  return { text: out, missing };
}

function fill(body: string, variables: Readonly<Record<string, string | undefined>>, missing: string[]): string {
  const [, name, operator, rest = ''] = /^([A-Za-z_]\w*)(:?[-?+])?([\s\S]*)$/.exec(body) ?? [];
  if (name === undefined) return `\${${body}}`;
  const value = variables[name];
  const there = value !== undefined && (value !== '' || !operator?.startsWith(':'));
  const other = () => {
    const inner = interpolate(rest, variables);
    missing.push(...inner.missing);
    return inner.text;
  };
  if (operator === undefined) return takeValue(name, variables, missing);
  if (operator.endsWith('+')) return there ? other() : '';
  if (there) return value;
  if (operator.endsWith('-')) return other();
  throw new RequiredVariableError(name, other());
}

function takeValue(name: string, variables: Readonly<Record<string, string | undefined>>, missing: string[]): string {
  const value = variables[name];
  if (value === undefined) missing.push(name);
  return value ?? '';
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}
