export type TomlValue = string | readonly TomlValue[] | { readonly [key: string]: TomlValue };
interface Table {
  [key: string]: TomlValue | Table;
}

/**
 * As much of TOML as manifests use: tables, strings, arrays, inline tables; any other value is kept as its text. Never throws:
 * a manifest is only looked at for what it tells, so what can't be read is skipped.
 */
export function parseToml(text: string): Readonly<Record<string, TomlValue>> {
  const root: Table = {};
  let table: Table | undefined = root;
  const scanner = new Scanner(text);
  while (!scanner.atEnd()) {
    scanner.skipSpace(true);
    if (scanner.atEnd()) break;
    if (scanner.peek() === '[') {
      const line = scanner.takeLine().trim();
      const header = /^\[([^[\]]+)\]/.exec(line.replace(/#.*$/, ''));
      table = header?.[1] ? openTable(root, new Scanner(header[1]).takeKey()) : undefined; // an array of tables is of no interest
      continue;
    }
    const key = scanner.takeKey();
    scanner.skipSpace(false);
    if (key.length === 0 || scanner.peek() !== '=') {
      scanner.takeLine();
      continue;
    }
    scanner.advance();
    const value = scanner.takeValue();
    if (table) {
      const parent = openTable(table, key.slice(0, -1));
      if (parent) parent[key.at(-1) ?? ''] = value;
    }
    scanner.takeLine();
  }
  return root as Readonly<Record<string, TomlValue>>;
}

function openTable(root: Table, key: readonly string[]): Table | undefined {
  let table = root;
  for (const part of key) {
    const next = Object.hasOwn(table, part) ? table[part] : undefined;
    if (next === undefined) {
      const made: Table = {};
      table[part] = made;
      table = made;
    } else if (typeof next === 'object' && !Array.isArray(next)) table = next as Table;
    else return undefined;
  }
  return table;
}

/** The value below the keys; undefined where there is none. */
export function at(value: TomlValue | undefined, ...keys: readonly string[]): TomlValue | undefined {
  return keys.reduce<TomlValue | undefined>((inner, key) => (isTable(inner) ? inner[key] : undefined), value);
}

export function values(value: TomlValue | undefined): readonly TomlValue[] {
  return entries(value).map(([, inner]) => inner);
}

export function entries(value: TomlValue | undefined): readonly (readonly [string, TomlValue])[] {
  return isTable(value) ? Object.entries(value) : [];
}

export function strings(value: TomlValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

export function isTable(value: TomlValue | undefined): value is { readonly [key: string]: TomlValue } {
  return typeof value === 'object' && !Array.isArray(value);
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  peek(): string {
    return this.#text[this.#at] ?? '';
  }

  advance(): void {
    this.#at++;
  }

  takeLine(): string {
    const end = this.#text.indexOf('\n', this.#at);
    const line = this.#text.slice(this.#at, end === -1 ? undefined : end);
    this.#at = end === -1 ? this.#text.length : end + 1;
    return line;
  }

  /** Spaces, and with `lines` also line ends and comments. */
  skipSpace(lines: boolean): void {
    const space = lines ? /(?:\s|#[^\n]*)*/y : /[ \t]*/y;
    space.lastIndex = this.#at;
    this.#at += space.exec(this.#text)?.[0].length ?? 0;
  }

  /** A dotted key; empty when none is here. */
  takeKey(): string[] {
    const parts: string[] = [];
    for (;;) {
      this.skipSpace(false);
      const part = this.#takeMatch(/"([^"\n]*)"|'([^'\n]*)'|([A-Za-z0-9_-]+)/y);
      if (!part) return parts;
      parts.push(part[1] ?? part[2] ?? part[3] ?? '');
      this.skipSpace(false);
      if (this.peek() !== '.') return parts;
      this.advance();
    }
  }

  takeValue(): TomlValue {
    this.skipSpace(false);
    if (this.peek() === '[') return this.#takeList(']', () => this.takeValue());
    if (this.peek() === '{') {
      const pairs = this.#takeList('}', (): [string, TomlValue] => {
        const key = this.takeKey().join('.');
        this.skipSpace(true);
        if (this.peek() === '=') this.advance();
        return [key, this.takeValue()];
      });
      return Object.fromEntries(pairs);
    }
    const quoted = this.#takeMatch(/"""([\s\S]*?)"""|'''([\s\S]*?)'''|"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'/y);
    if (quoted) return quoted[1] ?? quoted[2] ?? quoted[3]?.replace(/\\(["\\])/g, '$1') ?? quoted[4] ?? '';
    return (this.#takeMatch(/[^,\]}\n#]*/y)?.[0] ?? '').trim();
  }

  #takeList<Item>(close: string, takeItem: () => Item): Item[] {
    const items: Item[] = [];
    this.advance();
    for (;;) {
      this.skipSpace(true);
      if (this.peek() === ',') this.advance();
      else if (this.atEnd()) return items;
      else if (this.peek() === close) {
        this.advance();
        return items;
      } else {
        const before = this.#at;
        items.push(takeItem());
        if (this.#at === before) this.advance(); // not TOML: go on behind it
      }
    }
  }

  #takeMatch(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at += match[0].length;
    return match ?? undefined;
  }
}
