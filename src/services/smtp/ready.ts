import type { Duplex } from 'node:stream';
import type { Endpoint } from '../../core/connection.ts';
import type { ReadyCheck } from '../../core/service.ts';
import { connectTo } from '../../util/platform/connect.ts';
import { settleAll } from '../../util/settle-all.ts';

const TRY_TIMEOUT_MS = 3_000;

/** Reads the greeting at every address, in which a server of ours says which start it is, and asks for its abilities. */
export async function checkReady({ port, addresses }: Endpoint, check: ReadyCheck): Promise<void> {
  await settleAll(addresses.map((host) => checkAddress(host, port, check)));
}

async function checkAddress(host: string, port: number, { nonce, signal }: ReadyCheck): Promise<void> {
  const socket = await connectTo({ host, port }, AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]));
  const give = () => socket.destroy(new Error(`${host}:${port} did not answer in time`));
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]);
  limit.addEventListener('abort', give, { once: true });
  try {
    const replies = readReplies(socket);
    const greeting = (await replies.next()).value ?? '';
    if (!greeting.startsWith('220 '))
      throw new Error(`${host}:${port} answered ${JSON.stringify(greeting)}, not an SMTP greeting`);
    if (nonce !== undefined && !greeting.includes(nonce))
      throw new Error(`another SMTP server answers at ${host}:${port}: ${greeting}`);
    socket.write('EHLO seatrial\r\n');
    const abilities = (await replies.next()).value ?? '';
    if (!abilities.startsWith('250')) throw new Error(`${host}:${port} answered ${JSON.stringify(abilities)} to EHLO`);
    socket.write('QUIT\r\n');
    await replies.next();
  } finally {
    limit.removeEventListener('abort', give);
    socket.destroy();
  }
}

/** One text for each reply, its lines joined; ends when the server closes the connection. */
async function* readReplies(socket: Duplex): AsyncGenerator<string, undefined> {
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    for (let end = endOfReply(text); end > 0; end = endOfReply(text)) {
      yield text.slice(0, end).trim();
      text = text.slice(end);
    }
  }
}

/** Behind the first line that is the last of its reply: `250 ok`, not `250-more`. 0 = it has not come yet. */
function endOfReply(text: string): number {
  const last = /^\d{3}(?: .*)?\r?\n/m.exec(text);
  return last ? last.index + last[0].length : 0;
}
