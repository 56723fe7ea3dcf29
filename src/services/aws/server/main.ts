import fs from 'node:fs';
import path from 'node:path';
import type { NewMessage } from '../../../core/inspect.ts';
import type { Between, Scope } from '../../../core/reset.ts';
import { serveControl } from '../../../util/program-control.ts';
import { programSettings } from '../../../util/program-settings.ts';
import { MAIN_ACCOUNT } from '../fields.ts';
import type { AwsSettings } from '../options.ts';
import { type Account, createAccount } from './account.ts';
import { type Baseline, makeBaseline } from './baseline.ts';
import { type Image, readImage, writeImage } from './image.ts';
import { listSources, putMessage, readMessages } from './inspect.ts';
import { createScopes, type Scopes } from './scopes.ts';
import { type ServedAccount, serveAccount } from './serve-account.ts';

/** What the program is started with. */
export interface ProgramSettings extends AwsSettings {
  readonly port: number;
  readonly nonce: string;
  readonly control: string;
  readonly dataDir: string;
}

interface Open {
  readonly account: Account;
  readonly served: ServedAccount;
  scopes?: Scopes;
}
interface Named {
  readonly account: string;
}

// One process with a port for each account: clients keep their credentials, and need not sign at all.
const settings = programSettings<ProgramSettings>();
const opened = new Map<string, Open>();
const portsFile = path.join(settings.dataDir, 'ports.json');
let template: Image;

const find = (name: string): Open => {
  const found = opened.get(name);
  if (found) return found;
  throw new Error(`there is no account ${name}`);
};
const open = async (name: string, port: number | undefined, image?: Image): Promise<number> => {
  const account = createAccount(settings.region);
  if (image) writeImage(account, image);
  const { services, nonce } = settings;
  const served = await serveAccount({ account, services, health: { nonce, pid: process.pid } }, port);
  opened.set(name, { account, served });
  return served.port;
};
const notePorts = () => {
  const ports = [...opened].filter(([name]) => name !== MAIN_ACCOUNT).map(([name, { served }]) => [name, served.port]);
  fs.writeFileSync(portsFile, JSON.stringify(ports));
};
const scopesOf = (name: string): Scopes => {
  const found = find(name);
  found.scopes ??= createScopes(found.account);
  return found.scopes;
};

await serveControl(settings.control, {
  /** Leases begin with what the main account has now. */
  template: () => {
    template = readImage(find(MAIN_ACCOUNT).account);
  },
  open: async ({ account }: Named) => {
    const port = opened.get(account)?.served.port ?? (await open(account, undefined, template));
    notePorts();
    return port;
  },
  close: ({ account }: Named) => {
    opened.get(account)?.served.close();
    opened.delete(account);
    notePorts();
  },
  revision: ({ account }: Named) => find(account).account.revision(),
  keep: ({ account }: Named) => void scopesOf(account),
  enter: ({ account, scope, between }: Named & { scope: Scope; between: Between }) => scopesOf(account).enter(scope, between),
  leave: ({ account, scope }: Named & { scope: Scope }) => scopesOf(account).leave(scope),
  again: ({ account }: Named) => {
    const report = scopesOf(account).leave('test');
    scopesOf(account).enter('test', 'undo');
    return report;
  },
  renew: ({ account }: Named) => {
    scopesOf(account).renew();
    return find(account).served.connections() === 0;
  },
  diff: ({ account }: Named) => scopesOf(account).diff(),
  sources: ({ account }: Named) => listSources(find(account).account),
  messages: ({ account, source }: Named & { source: string }) => {
    const { account: found } = find(account);
    return { revision: found.revision(), messages: readMessages(found, source) };
  },
  changed: ({ account, revision }: Named & { revision: number }, signal) => find(account).account.changed(revision, signal),
  publish: ({ account, source, message }: Named & { source: string; message: Omit<NewMessage, 'body'> & { body: string } }) =>
    putMessage(find(account).account, source, message),
});

const main = createAccount(settings.region);
await makeBaseline(main, settings as Baseline, `127.0.0.1:${settings.port}`);
template = readImage(main);
// After a restart, everything is as at the beginning; leases are where they were.
const before = fs.existsSync(portsFile) ? (JSON.parse(fs.readFileSync(portsFile, 'utf8')) as [string, number][]) : [];
for (const [name, port] of before) await open(name, port, template);
await open(MAIN_ACCOUNT, settings.port, template);
