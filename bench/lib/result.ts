import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Summary } from './stats.ts';

export interface Ratio {
  readonly name: string;
  readonly value: number;
  /** What the project promises, e.g. `>= 15`; undefined = told only. */
  readonly target?: string;
  readonly reached?: boolean;
}

export interface BenchResult {
  readonly name: string;
  readonly cases: Readonly<Record<string, Summary>>;
  readonly ratios: readonly Ratio[];
  readonly versions: Readonly<Record<string, string>>;
  /** What a reader must know: what could not be measured and why. */
  readonly notes: readonly string[];
  /** Further figures, as plain JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export function atMost(name: string, value: number, limit: number): Ratio {
  return { name, value, target: `<= ${limit}`, reached: value <= limit };
}

export function atLeast(name: string, value: number, limit: number): Ratio {
  return { name, value, target: `>= ${limit}`, reached: value >= limit };
}

/** Prints the result as a table and writes bench/results/NAME.json; a quick run goes beside it and is not committed. */
export function publish(result: BenchResult, options: { readonly quick: boolean }): void {
  console.log(toTable(result));
  const folder = path.join(import.meta.dirname, '..', options.quick ? 'work' : 'results');
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${result.name}.json`);
  fs.writeFileSync(file, `${JSON.stringify({ ...result, machine: machine(), at: new Date().toISOString() }, null, 2)}\n`);
  console.log(`written to ${path.relative(process.cwd(), file)}`);
}

function toTable({ cases, ratios, notes }: BenchResult): string {
  const rows = Object.entries(cases).map(([name, { n, medianMs, p95Ms, minMs }]) => [
    name,
    String(n),
    ms(medianMs),
    ms(p95Ms),
    ms(minMs),
  ]);
  const lines = rows.length > 0 ? align([['case', 'n', 'median', 'p95', 'min'], ...rows]) : [];
  if (ratios.length > 0) {
    const rated = ratios.map(({ name, value, target, reached }) => [
      name,
      `${value}`,
      target ?? '',
      reached === undefined ? '' : reached ? 'reached' : 'NOT reached',
    ]);
    lines.push('', ...align([['figure', 'value', 'target', ''], ...rated]));
  }
  return [...lines, ...notes.map((note) => `note: ${note}`)].join('\n');
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function machine(): Readonly<Record<string, string | number>> {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    load1m: Number((os.loadavg()[0] ?? 0).toFixed(2)),
  };
}
