import { createFraming } from './framing.ts';
import type { WireState } from './wire-state.ts';

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;

/**
 * Follows protocol 3 of PostgreSQL. Each query (`Q`), call (`F`) and Sync (`S`) is answered by one ReadyForQuery (`Z`) with the state of the
 * transaction, but for a Sync that the server reads while it waits for COPY data: that one is passed over.
 */
export function createPostgresState(): WireState {
  let phase: 'startup' | 'encryption' | 'regular' | 'unknown' = 'startup';
  let status = 'I';
  /** What the server has still to answer, in order; `c` marks the end of COPY data among them. */
  const unanswered: string[] = [];
  let inBatch = false; // of the extended protocol, before its Sync
  let copying = false; // the server waits for COPY data, and none of what has passed ends it
  let lastType = '';

  const client = createFraming(4, (type, body) => {
    lastType = type;
    if (!client.typed) return startUp(body.length === 4 ? body.readUInt32BE() : 0);
    if (type === 'Q' || type === 'F') unanswered.push(type);
    else if (type === 'S' && !copying) unanswered.push(type);
    else if (type === 'c' || type === 'f') {
      if (!copying) unanswered.push('c');
      copying = false;
    }
    if ('QFS'.includes(type)) inBatch = false;
    else if ('PBEDCH'.includes(type)) inBatch = true;
  });
  client.typed = false;
  const startUp = (code: number) => {
    if (code === SSL_REQUEST || code === GSS_REQUEST) phase = 'encryption';
    else if (code === CANCEL_REQUEST) phase = 'unknown';
    else {
      phase = 'regular';
      client.typed = true;
      unanswered.push('startup');
    }
  };

  const server = createFraming(1, (type, body) => {
    if (type === 'Z') {
      status = String.fromCharCode(body[0] ?? 0);
      copying = false;
      while (unanswered[0] === 'c') unanswered.shift();
      unanswered.shift();
    } else if (type === 'G') beginCopy();
    else if (type === 'E') copying = false;
    else if (type === 'W') phase = 'unknown'; // replication: writes nothing
  });
  const beginCopy = () => {
    const first = unanswered[0] === 'Q' ? 1 : 0;
    while (unanswered[first] === 'S') unanswered.splice(first, 1);
    if (unanswered[first] === 'c') unanswered.splice(first, 1);
    else copying = true;
  };

  const isQuiet = () => phase !== 'regular' || (unanswered.length === 0 && !inBatch && !copying && status === 'I');
  /** Only what ends the present transaction, or lets the server go on with it. */
  const mayPass = (type: string) => {
    if (unanswered[0] === 'startup' || inBatch || copying || 'dcfX'.includes(type)) return true;
    if (type === 'S' && 'cf'.includes(lastType)) return true;
    return unanswered.length === 0;
  };
  return {
    isQuiet,
    measure(bytes) {
      if (isQuiet()) return 0;
      const rest = client.restOf(bytes);
      if (rest > 0) return rest;
      if (!mayPass(String.fromCharCode(bytes[0] ?? 0))) return 0;
      return bytes.length < 5 ? bytes.length : Math.min(bytes.length, 1 + bytes.readUInt32BE(1));
    },
    fromClient(bytes) {
      if (phase !== 'unknown') client.read(bytes);
    },
    fromServer(bytes) {
      if (phase === 'unknown') return;
      if (phase !== 'encryption') return server.read(bytes);
      const isPlain = bytes[0] === 0x4e; // N
      phase = isPlain ? 'startup' : 'unknown';
      if (isPlain && bytes.length > 1) server.read(bytes.subarray(1));
    },
  };
}
