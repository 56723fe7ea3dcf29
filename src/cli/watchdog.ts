import { builtin } from '../builtin.ts';
import { endSessionById } from '../session/sweep.ts';

// What the watchdog becomes when the process of its session has died: ends and removes all that the session has left.
const [sessionId] = process.argv.slice(2);
if (sessionId) await endSessionById(sessionId, builtin);
