import fs from 'node:fs';
import path from 'node:path';
import { SeatrialError } from '../../errors.ts';

/** The file itself, or the files of a folder in the order of their names' bytes. */
export function scriptsIn(at: string): readonly string[] {
  if (!fs.existsSync(at))
    throw new SeatrialError('SEATRIAL_SCRIPT_FAILED', `there is no script ${at}`, {
      hint: 'correct the path in the configuration',
    });
  if (!fs.statSync(at).isDirectory()) return [at];
  const names = fs.readdirSync(at).filter((name) => !name.startsWith('.') && fs.statSync(path.join(at, name)).isFile());
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map((name) => path.join(at, name));
}
