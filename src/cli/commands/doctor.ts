import { styleText } from 'node:util';
import { workFolder } from '../options.ts';

const MARKS = { ok: ['green', 'ok  '], warn: ['yellow', 'warn'], fail: ['red', 'FAIL'] } as const;

/** `seatrial doctor`: exit code 1 when something keeps Seatrial from working. */
export async function doctor(flags: { readonly cwd?: string; readonly json?: boolean }): Promise<void> {
  const { examineMachine } = await import('../../artifacts/doctor.ts');
  const findings = await examineMachine({ cwd: workFolder(flags), signal: AbortSignal.timeout(60_000) });
  if (findings.some(({ level }) => level === 'fail')) process.exitCode = 1;
  if (flags.json) return void process.stdout.write(`${JSON.stringify({ findings })}\n`);
  const width = Math.max(...findings.map(({ title }) => title.length));
  for (const { title, level, detail, hint } of findings) {
    const [color, mark] = MARKS[level];
    process.stdout.write(`${styleText(color, mark, { stream: process.stdout })} ${title.padEnd(width)}  ${detail}\n`);
    if (hint && level !== 'ok') process.stdout.write(`     ${' '.repeat(width)}  ${hint}\n`);
  }
}
