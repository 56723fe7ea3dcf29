import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { cacheDir } from '../util/platform/folders.ts';

// What the watchdog becomes when the process of its session has died: ends and removes all that the session has left. Until it is loaded
// nobody looks after the services, and compiled code is loaded in half the time.
enableCompileCache?.(path.join(cacheDir(), 'compile'));
const [{ builtin }, { endSessionById }] = await Promise.all([import('../builtin.ts'), import('../session/sweep.ts')]);
const [sessionId] = process.argv.slice(2);
if (sessionId) await endSessionById(sessionId, builtin);
