// The control API as text: what a worker sends, and what it reads out of an answer. Nothing of `node:http`, which test suites mock.

export const API_VERSION = '1';

/** One request; with `close` in HTTP/1.0, whose answers are never chunked and end with the connection. */
export function formatRequest({ method, path, body, token, close }) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const type = body === undefined ? '' : 'Content-Type: application/json\r\n';
  return (
    `${method} ${path} HTTP/1.${close ? 0 : 1}\r\nHost: seatrial\r\n${type}Seatrial-Api-Version: ${API_VERSION}\r\n` +
    `Authorization: Bearer ${token}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  );
}

/**
 * The answer in these bytes as `{ value }`, or undefined while it is not complete: its body has the length that its head tells, else it is
 * one line, else it ends with the connection. Throws what the session refused with.
 */
export function parseAnswer(bytes, ended) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0 && !ended) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, Math.max(end, 0)).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const version = headers.get('seatrial-api-version');
  if (version === undefined) throw new Error('the connection was closed, or what answers is not a session of Seatrial');
  if (version !== API_VERSION)
    throw new Error(`the session speaks version ${version} of the control API, this worker speaks ${API_VERSION}`);
  const status = Number(first.slice(9, 12));
  if (status === 204) return { value: undefined };
  const body = bytes.subarray(end + 4);
  const length = headers.get('content-length');
  if (!ended && (length === undefined ? !body.includes('\n') : body.length < Number(length))) return undefined;
  const value = JSON.parse(body.toString('utf8'));
  if (status === 200) return { value };
  throw Object.assign(new Error(value.message), { code: value.code, hint: value.hint });
}

/** What the user reads: what could not be done, why, the code and the next step. */
export function toFailure(error, what, socketPath) {
  if (error.name === 'SeatrialError') return error;
  const ours = /^SEATRIAL_/.test(error.code ?? '');
  const hint = error.hint ?? 'the session may have ended: run the tests through `seatrial run`';
  const code = ours ? error.code : 'SEATRIAL_CONTROL_UNREACHABLE';
  const message = ours ? error.message : `the session does not answer at ${socketPath}: ${error.message}`;
  return Object.assign(new Error(`${what}: ${message} (${code}; ${hint})`), { name: 'SeatrialError', code, hint });
}
