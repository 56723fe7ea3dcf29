import fs from 'node:fs/promises';
import { SeatrialError } from '../../errors.ts';
import { splitWords } from '../../util/words.ts';
import { openRespClient, type RespTarget } from './resp.ts';

const SCRIPT_TIMEOUT_MS = 600_000;

/** Sends the commands of a file, one a line, quoted as in a shell; empty lines and lines that start with `#` are passed over. */
export async function runRedisScript(target: RespTarget, file: string, signal: AbortSignal): Promise<void> {
  const lines = (await fs.readFile(file, 'utf8')).split(/\r?\n/);
  using client = await openRespClient(target, { timeoutMs: SCRIPT_TIMEOUT_MS, signal });
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    try {
      await client.send(...splitWords(line));
    } catch (cause) {
      signal.throwIfAborted();
      throw new SeatrialError(
        'SEATRIAL_SCRIPT_FAILED',
        `${file}:${index + 1}: ${(cause as Error).message}\n  in: ${line.trim().slice(0, 80)}`,
        {
          cause,
          hint: 'correct the script, then run again',
          details: { file, line: index + 1, statement: line.trim().slice(0, 80) },
        },
      );
    }
  }
}
