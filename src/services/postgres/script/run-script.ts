import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Client } from 'pg';
import { connect, type Target } from '../connect.ts';
import { copyIn } from './copy-in.ts';
import { runMetaCommand } from './meta-command.ts';
import { parseScript, type ScriptItem } from './parse-script.ts';
import { scriptError } from './script-error.ts';
import type { ScriptContext, ScriptRun } from './script-run.ts';

/** Runs an SQL script as psql would with ON_ERROR_STOP: each statement is a message of its own, so that CREATE DATABASE works too. */
export async function runSqlScript(target: Target, file: string, context: ScriptContext): Promise<void> {
  const open = async (database: string) => {
    const client = await connect({ ...target, database }, { signal: context.signal });
    client.on('notice', ({ severity, message }) => context.log(`${severity}: ${message}`));
    return client;
  };
  const session = { client: await open(target.database) };
  const runFile = async (current: string): Promise<void> => {
    const run: ScriptRun = {
      log: context.log,
      signal: context.signal,
      file: current,
      get client() {
        return session.client;
      },
      async connectTo(database) {
        const next = await open(database);
        await session.client.end();
        session.client = next;
      },
      include: (other) => runFile(other),
    };
    for (const item of parseScript(await readScript(current))) {
      context.signal.throwIfAborted();
      if ((await runItem(item, run)) === 'stop') break;
    }
  };
  try {
    await runFile(file);
  } finally {
    await session.client.end().catch(() => {});
  }
}

async function runItem(item: ScriptItem, run: ScriptRun): Promise<'stop' | undefined> {
  const place = { file: run.file, line: item.line };
  if (item.kind === 'meta') {
    try {
      return await runMetaCommand(item.command, item.argument, run);
    } catch (error) {
      throw scriptError({ ...place, text: `\\${item.command} ${item.argument}` }, error);
    }
  }
  try {
    if (item.kind === 'copy') await copyIn(run.client, item.sql, item.data);
    else if (item.execute) await executeResult(run.client, item.sql);
    else await run.client.query(item.sql);
  } catch (error) {
    run.signal.throwIfAborted();
    throw scriptError({ ...place, text: item.sql }, error);
  }
  return undefined;
}

async function executeResult(client: Client, sql: string): Promise<void> {
  const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
  for (const cell of rows.flat()) if (cell !== null) await client.query(String(cell));
}

async function readScript(file: string): Promise<string> {
  const bytes = await fs.readFile(file);
  const isGzip = path.extname(file) === '.gz';
  return (isGzip ? await promisify(gunzip)(bytes) : bytes).toString('utf8');
}
