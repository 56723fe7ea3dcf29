import fs from 'node:fs';
import path from 'node:path';
import type { EngineAddress } from '../core/container.ts';
import type { PidScope, ProcessIdentity } from '../util/platform/process-identity.ts';
import { readTextIfThere } from '../util/read-if-there.ts';

/**
 * What a session owns, as lines of JSON in its folder. Intent is written before a thing is made, `own` as soon as it can be named, `gone`
 * after it was removed; so whoever reads the file after a crash knows all that may be left. Lines that can't be read are skipped: the
 * tag in the environment of our processes and the data folder find what they named.
 */
export interface Ledger {
  readonly folder: string;
  /** Once it is closed nothing is written: what is still being undone then goes with the session's folder. */
  write(entry: LedgerEntry): void;
  close(): void;
}

export type LedgerEntry =
  | { readonly op: 'intent'; readonly id: string; readonly what: string }
  | { readonly op: 'own'; readonly id: string; readonly thing: OwnedThing }
  | { readonly op: 'gone'; readonly id: string };

export type OwnedThing =
  /** A service: ended by its own crash signal, then with its descendants. */
  | ({ readonly kind: 'process'; readonly name: string; readonly crashSignal: NodeJS.Signals } & ProcessIdentity)
  /** The user's command: its tree is ended, daemons that it left on purpose are not. */
  | ({ readonly kind: 'command'; readonly name: string } & ProcessIdentity)
  | { readonly kind: 'folder'; readonly path: string }
  /** Found on its engine by the label of the session; the entry is written before it is made. */
  | { readonly kind: 'container'; readonly name: string; readonly address: EngineAddress }
  /** A file written into the project: removed, or put back as it was, while it has the content that we wrote. */
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Of what we wrote. */
      readonly sha256: string;
      readonly original: { readonly base64: string; readonly mode: number } | null;
    }
  /** Leases inside a server that is not ours, all marked with `token`. The URL is a secret, which is why the ledger is mode 0600. */
  | ({ readonly kind: 'external-leases' } & ExternalLeases);

export interface ExternalLeases {
  /** Kind of the service, e.g. `postgres`. */
  readonly service: string;
  readonly url: string;
  readonly token: string;
  /** URLs of the leases made so far. */
  readonly leased: readonly string[];
}

/** The first file written into a session folder: who owns it. */
export interface Owner extends ProcessIdentity, PidScope {
  readonly session: string;
  readonly startedAt: number;
}

export function openLedger(folder: string): Ledger {
  const fd = fs.openSync(path.join(folder, 'ledger.jsonl'), 'a', 0o600);
  let open = true; // the number of a closed file is soon another file's
  let torn = false;
  const writeLine = (line: string) => {
    const bytes = Buffer.from(`${torn ? '\n' : ''}${line}\n`); // what was cut off before must not swallow this line
    torn = true;
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at);
    torn = false;
  };
  return {
    folder,
    write: (entry) => {
      if (open) writeLine(JSON.stringify(entry));
    },
    close: () => {
      if (open) fs.closeSync(fd);
      open = false;
    },
  };
}

/** What the ledger says is still there, in the order in which it came. */
export function readLedger(folder: string): Map<string, OwnedThing> {
  const owned = new Map<string, OwnedThing>();
  for (const line of (readTextIfThere(path.join(folder, 'ledger.jsonl')) ?? '').split('\n')) {
    const entry = parse(line);
    if (entry?.op === 'own' && typeof entry.thing?.kind === 'string') owned.set(entry.id, entry.thing);
    else if (entry?.op === 'gone') owned.delete(entry.id);
  }
  return owned;
}

export function writeOwner(folder: string, owner: Owner): void {
  fs.writeFileSync(path.join(folder, 'owner.json'), JSON.stringify(owner), { mode: 0o600 });
}

export function readOwner(folder: string): Owner | undefined {
  try {
    const owner = JSON.parse(readTextIfThere(path.join(folder, 'owner.json')) ?? '') as Owner;
    return typeof owner.pid === 'number' && typeof owner.startTime === 'string' ? owner : undefined;
  } catch {
    return undefined;
  }
}

function parse(line: string): LedgerEntry | undefined {
  if (line === '') return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? (entry as LedgerEntry) : undefined;
  } catch {
    return undefined;
  }
}
