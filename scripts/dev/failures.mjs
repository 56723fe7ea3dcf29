import { stripColours } from './count-tests.mjs';

/** What a report says of one failure begins with such a line; its first group is the name, the second, where there is one, what was wrong. */
const HEADS = [
  /^ FAIL +(?:\w+ {2})?(.+)$/, // Vitest, in front of the file the name of its project
  /^⎯+ (Unhandled (?!Errors)\w+) ⎯+$/, // Vitest
  /^(?:FAILED|ERROR) (\S+\.py(?:::\w+)*(?:\[.*?\])?)(?: - (.+))?$/, // pytest
  /^E {3}((?:ModuleNotFound|Import|Syntax)Error: .+)$/, // pytest names the file and no reason when it cannot read one
  /^ {2}● (.+)$/, // Jest
  /^\s*not ok \d+ - (?!.*# (?:TODO|SKIP))(.+)$/, // node:test in TAP
  /^\[ERROR\] {3}(\w\S*\.\w+(?::\d+)?) (.+)$/, // Maven's closing list
  /^(\S+\(\d+,\d+\)): (error TS.+)$/, // tsc
  /^(\S+ \S+)(?: +FIXABLE)? +━{5,}$/, // Biome
  /^(check: failed): (.+)$/,
];

/** Where a report has come to the source or the stack. A line that begins so is its last or not worth showing. */
const END = /^\s*(?:❯|at |(?:> )?(?:\d+ +)+[|│]|⎯{3,}|━{3,}|={3,}|!{3,}|\.\.\.$|stack:)/;

/** Lines between that say nothing of their own. */
const NOISE = /^\s*(?:---|\^+|[-+] (?:Expected|Received)|(?:duration_ms|type|location|failureType|code|name): .*|error: \|-)$/;

const LAST_LINES = 5;

/**
 * The failures that a stage's output tells of, as `{ name, lines }`: names of tests, and the first lines of what was wrong. An output that
 * names none is represented by its last lines.
 */
export function findFailures(text) {
  const lines = stripColours(text).split('\n');
  const failures = new Map();
  for (const [index, line] of lines.entries()) {
    const head = headOf(line);
    if (!head || failures.has(head.name) || isSumOfOthers(lines, index)) continue;
    failures.set(head.name, head.said ? [head.said] : reportAfter(lines, index));
  }
  if (failures.size > 0) return [...failures].map(([name, said]) => ({ name, lines: said }));
  const last = lines.filter((line) => line.trim() !== '').slice(-LAST_LINES);
  return [{ name: 'names no test; its last lines:', lines: last }];
}

function headOf(line) {
  for (const pattern of HEADS) {
    const [, name, said] = pattern.exec(line) ?? [];
    if (name) return { name, said };
  }
  return undefined;
}

/** node:test lists a test again for each suite around it. */
function isSumOfOthers(lines, index) {
  if (!/^\s*not ok/.test(lines[index])) return false;
  return lines.slice(index, index + 8).some((line) => /failureType: 'subtestsFailed'/.test(line));
}

function reportAfter(lines, index) {
  const said = [];
  for (const line of lines.slice(index + 1)) {
    if (END.test(line)) {
      if (line.trim().startsWith('❯')) said.push(line.trim());
      return said;
    }
    if (headOf(line) && said.length > 0) return said;
    if (line.trim() !== '' && !NOISE.test(line) && !headOf(line)) said.push(line.trim());
  }
  return said;
}

/** `[{ stage, failures }]` in at most `most` lines: names come first, then as much as there is room for of what was wrong. */
export function describeFailures(stages, { most = 30, width = 160 } = {}) {
  for (const each of [4, 2, 1, 0]) {
    const lines = stages.flatMap(({ stage, failures }) =>
      failures.flatMap(({ name, lines: said }) => [`  ${stage}: ${name}`, ...said.slice(0, each).map((line) => `      ${line}`)]),
    );
    const cut = lines.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
    if (cut.length <= most) return cut;
    if (each === 0) return [...cut.slice(0, most - 1), `  and ${cut.length - most + 1} more`];
  }
}
