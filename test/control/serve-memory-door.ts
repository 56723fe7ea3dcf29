import path from 'node:path';
import { injectPlugins } from '../../src/cli/injection.ts';
import { toControlEnvironment } from '../../src/control/environment.ts';
import { startControlServer } from '../../src/control/server.ts';
import { createMemoryDoor, MAIN_ENV } from './memory-door.ts';

// For the tests of clients in other languages: `node serve-memory-door.ts FOLDER` prints the environment that a command would get as one
// line of JSON, then each call of the session as a line. Ends with its standard input.

const [folder = '.', failure] = process.argv.slice(2);
const door = createMemoryDoor((call) => console.log(call));
if (failure) door.failure = new Error(failure);
await using server = await startControlServer(door, { token: 'correct-horse', socketPath: path.join(folder, 'c.sock') });
const { url, socketPath } = server;
const control = {
  session: door.id,
  url,
  socketPath,
  token: 'correct-horse',
  isolation: 'worker',
  leasedNames: Object.keys(MAIN_ENV),
} as const;
console.log(JSON.stringify({ ...MAIN_ENV, ...toControlEnvironment(control), ...injectPlugins({}) }));
await new Promise((resolve) => process.stdin.on('end', resolve).resume());
