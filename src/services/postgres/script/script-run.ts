import type { Client } from 'pg';

export interface ScriptContext {
  log(line: string): void;
  readonly signal: AbortSignal;
}

/** A script in progress. `\connect` replaces the client, also for the script which included this one, as in psql. */
export interface ScriptRun extends ScriptContext {
  readonly file: string;
  client: Client;
  connectTo(database: string): Promise<void>;
  include(file: string): Promise<void>;
}
