import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Connection } from 'mysql2/promise';
import { isSeatrialError, SeatrialError } from '../../../errors.ts';
import { connect, type Target } from '../connect.ts';
import { parseScript } from './parse-script.ts';

export interface ScriptContext {
  log(line: string): void;
  readonly signal: AbortSignal;
}

/** Runs an SQL script as the command line client would: statement by statement, ended by the first that fails. */
export async function runSqlScript(target: Target, file: string, context: ScriptContext): Promise<void> {
  const client = await connect(target, { signal: context.signal });
  try {
    await runFile(client, file, context);
  } finally {
    await client.end().catch(() => {});
  }
}

async function runFile(client: Connection, file: string, context: ScriptContext): Promise<void> {
  for (const item of parseScript(await readScript(file))) {
    context.signal.throwIfAborted();
    if (item.kind === 'source') {
      const other = resolvePath(item.file, file);
      if (!fs.existsSync(other))
        throw scriptError(file, item.line, `source ${item.file}`, new Error(`there is no file ${other}`));
      await runFile(client, other, context);
      continue;
    }
    try {
      // LOAD DATA LOCAL: the file lies on this side
      await client.query({ sql: item.sql, infileStreamFactory: (name: string) => fs.createReadStream(resolvePath(name, file)) });
    } catch (error) {
      context.signal.throwIfAborted();
      throw scriptError(file, item.line, item.sql, error);
    }
  }
}

/** What the server said of a statement, with the line at which it points, and the statement's beginning. */
function scriptError(file: string, firstLine: number, text: string, cause: unknown): SeatrialError {
  if (isSeatrialError(cause)) return cause;
  const { message, errno, sqlState } = cause as Error & { errno?: number; sqlState?: string };
  const line = firstLine + Number(/ at line (\d+)$/.exec(message)?.[1] ?? 1) - 1;
  const beginning = text.replace(/\s+/g, ' ').slice(0, 80);
  return new SeatrialError('SEATRIAL_SCRIPT_FAILED', `${file}:${line}: ${message}\n  in: ${beginning}`, {
    cause,
    hint: 'correct the script, then run again',
    details: { file, line, statement: beginning, ...(errno ? { errno } : {}), ...(sqlState ? { sqlState } : {}) },
  });
}

/** As written from the working directory when there is such a file, else beside the script. */
function resolvePath(name: string, script: string): string {
  const beside = path.resolve(path.dirname(script), name);
  return fs.existsSync(beside) ? beside : path.resolve(name);
}

async function readScript(file: string): Promise<string> {
  const bytes = await fs.promises.readFile(file);
  return (file.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes).toString('utf8');
}
