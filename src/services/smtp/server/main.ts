import fs from 'node:fs';
import path from 'node:path';
import type { Between, Scope } from '../../../core/reset.ts';
import { serveControl } from '../../../util/program-control.ts';
import { programSettings } from '../../../util/program-settings.ts';
import { makeSelfSigned } from '../../../util/self-signed.ts';
import { certificateFile, MAIN_MAILBOX } from '../fields.ts';
import type { SmtpSettings } from '../options.ts';
import { createMailbox, type Mail, type Mailbox } from './mailbox.ts';
import type { ReadMail } from './read-mail.ts';
import { type Receiver, receive } from './receive.ts';

/** What the program is started with. */
export interface ProgramSettings extends SmtpSettings {
  readonly port: number;
  readonly nonce: string;
  readonly control: string;
  readonly dataDir: string;
}

/** A mail as `messages` answers it. */
export interface ToldMail extends Pick<Mail, 'id' | 'at' | 'from' | 'to'>, Pick<ReadMail, 'headers'> {
  readonly raw: string;
  readonly read: ReadMail;
}

interface Open {
  readonly mailbox: Mailbox;
  readonly receiver: Receiver;
}

// One process with a port for each mailbox: apps that know no more than a host and a port keep apart what belongs to different workers.
const settings = programSettings<ProgramSettings>();
const opened = new Map<string, Open>();
const tls = settings.starttls ? makeSelfSigned() : undefined;
if (tls) fs.writeFileSync(certificateFile(settings.control), tls.certificate);
const portsFile = path.join(settings.dataDir, 'ports.json');

const find = (name: string): Open => {
  const found = opened.get(name);
  if (found) return found;
  throw new Error(`there is no mailbox ${name}`);
};
const open = async (name: string, port?: number): Promise<number> => {
  const mailbox = createMailbox();
  const receiver = await receive({ ...settings, banner: `seatrial ${settings.nonce}`, tls }, port, mailbox.receive);
  opened.set(name, { mailbox, receiver });
  return receiver.port;
};
const notePorts = () => {
  const ports = [...opened].filter(([name]) => name !== MAIN_MAILBOX).map(([name, { receiver }]) => [name, receiver.port]);
  fs.writeFileSync(portsFile, JSON.stringify(ports));
};
const tell = async (mail: Mail): Promise<ToldMail> => {
  const { id, at, from, to, raw } = mail;
  const read = await mail.read();
  return { id, at, from, to, headers: read.headers, read, raw: raw.toString('base64') };
};
const outline = (mails: readonly Mail[]) =>
  Promise.all(mails.map(async (mail) => ({ to: mail.to.join(', '), subject: (await mail.read()).subject })));

await serveControl(settings.control, {
  open: async ({ mailbox }: { mailbox: string }) => {
    const port = opened.get(mailbox)?.receiver.port ?? (await open(mailbox));
    notePorts();
    return { port };
  },
  close: ({ mailbox }: { mailbox: string }) => {
    opened.get(mailbox)?.receiver.close();
    opened.delete(mailbox);
    notePorts();
  },
  sources: ({ mailbox }: { mailbox: string }) => [
    ...new Set(
      find(mailbox)
        .mailbox.mails()
        .flatMap(({ to }) => to),
    ),
  ],
  messages: async ({ mailbox, address }: { mailbox: string; address?: string }) => {
    const { mailbox: box } = find(mailbox);
    const { revision } = box;
    return { revision, mails: await Promise.all(box.mails(address).map(tell)) };
  },
  changed: ({ mailbox, revision }: { mailbox: string; revision: number }, signal) =>
    find(mailbox).mailbox.changed(revision, signal),
  enter: ({ mailbox, scope, between }: { mailbox: string; scope: Scope; between: Between }) =>
    outline(find(mailbox).mailbox.log.enter(scope, between)),
  leave: ({ mailbox, scope }: { mailbox: string; scope: Scope }) => find(mailbox).mailbox.log.leave(scope).length,
  diff: ({ mailbox }: { mailbox: string }) => outline(find(mailbox).mailbox.log.present()),
});
// After a restart, leases are where they were, with no mails.
const before = fs.existsSync(portsFile) ? (JSON.parse(fs.readFileSync(portsFile, 'utf8')) as [string, number][]) : [];
for (const [name, port] of before) await open(name, port);
await open(MAIN_MAILBOX, settings.port);
