import type { Readable } from 'node:stream';
import type { SMTPServerOptions } from 'smtp-server';
import { SMTPServer } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import { type StreamServer, serveStreams } from '../../../util/platform/stream-server.ts';
import type { SelfSigned } from '../../../util/self-signed.ts';
import type { SmtpSettings } from '../options.ts';
import type { Mail } from './mailbox.ts';

export interface ReceiverSettings extends SmtpSettings {
  readonly banner: string;
  /** For STARTTLS. */
  readonly tls: SelfSigned | undefined;
}
export interface Receiver {
  readonly port: number;
  /** Stops listening, and cuts who is connected. */
  close(): void;
}

/** Speaks SMTP on a port of every loopback address: the given one, or one that is free. Whatever is accepted goes to `deliver`. */
export async function receive(
  settings: ReceiverSettings,
  port: number | undefined,
  deliver: (mail: Pick<Mail, 'from' | 'to' | 'raw'>) => void,
): Promise<Receiver> {
  const server = new SMTPServer(toOptions(settings, deliver));
  const sockets = new Set<{ destroy(): void }>();
  const streams: StreamServer = await serveStreams(port, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.once('end', () => socket.end());
    greet(server, new SMTPConnection(server, socket));
    socket.resume();
  });
  const close = () => {
    streams.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: streams.port, close };
}

/** As `server.connect` does, without the 100 ms in which it waits for clients that talk before they are greeted: spam is welcome here. */
function greet(server: SMTPServer, connection: SMTPConnection): void {
  server.connections.add(connection);
  connection.on('error', () => {}); // a client that goes away in the middle is its own business
  connection._setListeners(() => connection.connectionReady());
}

function toOptions(settings: ReceiverSettings, deliver: (mail: Pick<Mail, 'from' | 'to' | 'raw'>) => void): SMTPServerOptions {
  const { login, tls, maxSize, banner } = settings;
  const rejected = settings.reject.map(toPattern);
  const deferred = settings.defer.map(toPattern);
  return {
    name: 'localhost',
    banner,
    logger: false,
    authOptional: login === null,
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN'],
    disabledCommands: tls ? [] : ['STARTTLS'],
    ...(tls ? { key: tls.key, cert: tls.certificate } : {}),
    disableReverseLookup: true,
    ...(maxSize === null ? {} : { size: maxSize }),
    onAuth: ({ username, password }, _session, callback) => {
      if (login === null || (username === login.user && password === login.password)) callback(null, { user: username });
      else callback(refusal(535, 'user or password is wrong'));
    },
    onRcptTo: ({ address }, _session, callback) => {
      if (rejected.some((pattern) => pattern.test(address))) callback(refusal(550, `no such user: ${address}`));
      else if (deferred.some((pattern) => pattern.test(address))) callback(refusal(451, `try again later: ${address}`));
      else callback();
    },
    onData: (stream, { envelope }, callback) => {
      const take = (raw: Buffer) => {
        if (stream.sizeExceeded) throw refusal(552, `the message has more than ${maxSize} bytes`);
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        deliver({ from, to: envelope.rcptTo.map(({ address }) => address), raw });
      };
      bytesOf(stream)
        .then(take)
        .then(() => callback(null, 'kept for the test'), callback);
    },
  };
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** `*` stands for any characters; case does not matter. */
function toPattern(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
