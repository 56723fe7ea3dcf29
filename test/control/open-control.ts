import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ControlServer, startControlServer } from '../../src/control/server.ts';
import { createMemoryDoor, type MemoryDoor } from './memory-door.ts';

export const TOKEN = 'correct-horse';

export interface OpenControl extends AsyncDisposable {
  readonly door: MemoryDoor;
  readonly server: ControlServer;
  readonly folder: string;
}

/** A real control server over a session in memory, in a folder of its own; both end with the scope. */
export async function openControl(): Promise<OpenControl> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'control-'));
  const door = createMemoryDoor();
  const server = await startControlServer(door, { token: TOKEN, socketPath: path.join(folder, 'c.sock') });
  return {
    door,
    server,
    folder,
    async [Symbol.asyncDispose]() {
      await server.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
