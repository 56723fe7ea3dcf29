import fs from 'node:fs';
import http from 'node:http';

/** A command to a program of ours: what it is given and what it answers are JSON. `signal` aborts when whoever asked has gone. */
export type Command = (input: never, signal: AbortSignal) => unknown;

/** In the program: takes commands on a Unix socket that only this account can open. */
export function serveControl(socketPath: string, commands: Readonly<Record<string, Command>>): Promise<void> {
  const server = http.createServer(async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? null));
    try {
      const name = (request.url ?? '').slice(1);
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
      if (!command) throw new Error(`there is no command ${name}`);
      answer(200, await command(JSON.parse(await textOf(request)) as never, gone.signal));
    } catch (error) {
      answer(500, { message: (error as Error).message });
    }
  });
  server.keepAliveTimeout = 0; // whoever asks ends it
  fs.rmSync(socketPath, { force: true }); // that of a start before
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(socketPath, () => {
      fs.chmodSync(socketPath, 0o600);
      resolve();
    });
  });
}

export interface Control extends Disposable {
  /** Rejects with what the program said, with the system's error when it is gone, and when `signal` aborts. */
  ask<T>(command: string, input: object, signal?: AbortSignal): Promise<T>;
}

/** Opens no connection before something is asked; keeps it then. */
export function openControl(socketPath: string): Control {
  const agent = new http.Agent({ keepAlive: true });
  return {
    ask: async <T>(command: string, input: object, signal?: AbortSignal) => {
      const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
        const options = { socketPath, agent, path: `/${command}`, method: 'POST', ...(signal ? { signal } : {}) };
        http.request(options, resolve).once('error', reject).end(JSON.stringify(input));
      });
      const body = JSON.parse(await textOf(answer)) as T;
      if (answer.statusCode !== 200) throw new Error((body as { message: string }).message);
      return body;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

async function textOf(message: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
