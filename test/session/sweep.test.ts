import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Registry } from '../../src/core/registry.ts';
import { RUN_TAG } from '../../src/session/command-processes.ts';
import { SERVICE_TAG } from '../../src/session/end-session.ts';
import { type OwnedThing, type Owner, openLedger, writeOwner } from '../../src/session/ledger.ts';
import { hashOf } from '../../src/session/restore-file.ts';
import { createSessionFolder } from '../../src/session/session-folder.ts';
import { isOwnerAlive, sweepDeadSessions } from '../../src/session/sweep.ts';
import {
  identityOf,
  isProcessAlive,
  type ProcessIdentity,
  pidScope,
  selfIdentity,
} from '../../src/util/platform/process-identity.ts';
import { startChild } from '../helpers/child.ts';
import { setVariables, useOwnFolders } from '../helpers/own-folders.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const registry: Registry = {
  services: {},
  loadDriver: () => {
    throw new Error('a sweep starts nothing');
  },
  loadGateways: () => {
    throw new Error('a sweep starts nothing');
  },
};

const here = (): Owner => ({ session: 'x', startedAt: Date.now(), ...selfIdentity(), ...pidScope() });
const modeOf = (file: string) => (fs.statSync(file).mode & 0o777).toString(8);
const dead = (): Owner => ({ ...here(), startTime: '1' });

/** A session with a ledger and a data folder, as its owner left it. */
function makeSession(owner: Owner) {
  const place = createSessionFolder();
  const data = place.dataFolder(1);
  for (const folder of [place.folder, data]) writeOwner(folder, owner);
  fs.mkdirSync(path.join(data, 'db/data'), { recursive: true });
  const ledger = openLedger(place.folder);
  return { ...place, data, ledger };
}

function makeOld(...folders: string[]): void {
  const twoMinutesAgo = new Date(Date.now() - 120_000);
  for (const folder of folders) fs.utimesSync(folder, twoMinutesAgo, twoMinutesAgo);
}

test('a session whose owner lives is left alone, however old it is', async () => {
  useOwnFolders();
  const { folder, data } = makeSession(here());
  makeOld(folder, data);
  expect(await sweepDeadSessions(registry)).toEqual([]);
  expect([folder, data].every(fs.existsSync)).toBe(true);
  expect(isOwnerAlive(here())).toBe(true);
});

test('of a session whose owner is dead nothing is left: services, what carries its tag, its command, its folders', async () => {
  useOwnFolders();
  const { id, folder, data, ledger } = makeSession(dead());
  const sleep = (variables: NodeJS.ProcessEnv, options: { cwd?: string; detached?: boolean } = {}) =>
    startChild('/bin/sleep', ['60'], { ...options, env: variables });
  const service = sleep({}, { detached: true });
  const tagged = sleep({ [SERVICE_TAG]: id }, { detached: true });
  const backend = sleep({}, { cwd: path.join(data, 'db/data'), detached: true });
  const command = sleep({ [RUN_TAG]: id });
  const stranger = sleep({ [SERVICE_TAG]: `${id}0`, [RUN_TAG]: 'other' });
  const identity = identityOf(service.pid) as ProcessIdentity;
  ledger.write({ op: 'own', id: 'p1', thing: { kind: 'process', name: 'db', crashSignal: 'SIGQUIT', ...identity } });
  ledger.close();

  const [report, ...others] = await sweepDeadSessions(registry);
  expect(others).toEqual([]);
  expect(report).toMatchObject({ left: [], failed: [] });
  expect((await service.ended).signal).toBe('SIGQUIT');
  expect((await tagged.ended).signal).toBe('SIGKILL');
  expect((await backend.ended).signal).toBe('SIGKILL');
  expect((await command.ended).signal).toBe('SIGTERM');
  expect(isProcessAlive(identityOf(stranger.pid) as ProcessIdentity)).toBe(true);
  expect([folder, data].some(fs.existsSync)).toBe(false);
});

test('a pid in the ledger that is another process by now is not touched', async () => {
  useOwnFolders();
  const { ledger } = makeSession(dead());
  const other = startChild('/bin/sleep', ['60']);
  const before = { pid: other.pid, startTime: '1' };
  ledger.write({ op: 'own', id: 'p1', thing: { kind: 'process', name: 'db', crashSignal: 'SIGKILL', ...before } });
  ledger.write({ op: 'own', id: 'command', thing: { kind: 'command', name: 'x', ...before } });
  ledger.close();
  await sweepDeadSessions(registry);
  expect(identityOf(other.pid)).toBeDefined();
});

/** A ledger entry of a file in which a session wrote `OURS=1`. */
const written = (file: string, original: { text: string | Buffer; mode: number } | null): OwnedThing => ({
  kind: 'file',
  path: file,
  sha256: hashOf('OURS=1\n'),
  original: original && { base64: Buffer.from(original.text).toString('base64'), mode: original.mode },
});

test('files of the project are put back as they were, bytes and mode', async () => {
  useOwnFolders();
  const project = temporaryFolder();
  const [made, changed, emptied] = ['made', 'changed', 'emptied'].map((name) => path.join(project, name)) as [
    string,
    string,
    string,
  ];
  for (const file of [made, changed]) fs.writeFileSync(file, 'OURS=1\n', { mode: 0o600 });
  fs.writeFileSync(emptied, '', { mode: 0o600 }); // killed while it wrote
  const bytes = Buffer.from([0x41, 0x3d, 0xe9, 0xff, 0x0a]); // not UTF-8
  const { ledger } = makeSession(dead());
  ledger.write({ op: 'own', id: 'f1', thing: written(made, null) });
  ledger.write({ op: 'own', id: 'f2', thing: written(changed, { text: bytes, mode: 0o664 }) });
  ledger.write({ op: 'own', id: 'f3', thing: written(emptied, { text: 'THEIRS=1\n', mode: 0o644 }) });
  ledger.close();
  await sweepDeadSessions(registry);
  expect(fs.existsSync(made)).toBe(false);
  expect([fs.readFileSync(changed), modeOf(changed)]).toEqual([bytes, '664']);
  expect([fs.readFileSync(emptied, 'utf8'), modeOf(emptied)]).toEqual(['THEIRS=1\n', '644']);
});

test('files of the project that somebody has written to, or put back, since the session died stay as they are', async () => {
  useOwnFolders();
  const project = temporaryFolder();
  const [made, changed, removed] = ['made', 'changed', 'removed'].map((name) => path.join(project, name)) as [
    string,
    string,
    string,
  ];
  for (const file of [made, changed]) fs.writeFileSync(file, 'NEXT_RUN=1\n');
  const { folder, ledger } = makeSession(dead());
  ledger.write({ op: 'own', id: 'f1', thing: written(made, null) });
  ledger.write({ op: 'own', id: 'f2', thing: written(changed, { text: 'THEIRS=1\n', mode: 0o664 }) });
  ledger.write({ op: 'own', id: 'f3', thing: written(removed, { text: 'THEIRS=1\n', mode: 0o664 }) });
  ledger.close();
  await sweepDeadSessions(registry);
  expect([made, changed].map((file) => fs.readFileSync(file, 'utf8'))).toEqual(['NEXT_RUN=1\n', 'NEXT_RUN=1\n']);
  expect([removed, folder].some(fs.existsSync)).toBe(false);
});

/** What an earlier boot of this machine left: its owner began before the machine came up. */
const ofEarlierBoot = (): Owner => ({ ...here(), boot: 'an earlier one', startedAt: Date.now() - os.uptime() * 1000 - 60_000 });

test('sessions of an earlier boot are removed, those of another pid namespace are left alone', async () => {
  useOwnFolders();
  const boot = makeSession(ofEarlierBoot());
  const container = makeSession({ ...dead(), pidNamespace: 'pid:[1]' });
  makeOld(container.folder, container.data);
  await sweepDeadSessions(registry);
  expect([boot.folder, boot.data].some(fs.existsSync)).toBe(false);
  expect([container.folder, container.data].every(fs.existsSync)).toBe(true);
  expect(isOwnerAlive({ ...here(), pidNamespace: 'pid:[1]' })).toBe(false);
  for (const { ledger } of [boot, container]) ledger.close();
});

test('a session that began under another kernel since this machine came up is left alone: it may live on a shared volume', async () => {
  useOwnFolders();
  const { folder, data, ledger } = makeSession({ ...here(), boot: 'of another machine' });
  makeOld(folder, data);
  expect(await sweepDeadSessions(registry)).toEqual([]);
  expect([folder, data].every(fs.existsSync)).toBe(true);
  ledger.close();
});

test('no process is ended for a session of an earlier boot, though its pids, start times and folders are those of living ones', async () => {
  useOwnFolders();
  const { id, folder, data, ledger } = makeSession(ofEarlierBoot());
  const strangers = [
    startChild('/bin/sleep', ['60']),
    startChild('/bin/sleep', ['60'], { env: { [SERVICE_TAG]: id } }),
    startChild('/bin/sleep', ['60'], { env: { [RUN_TAG]: id } }),
  ].map(({ pid }) => identityOf(pid) as ProcessIdentity);
  const [first] = strangers as [ProcessIdentity];
  ledger.write({ op: 'own', id: 'p1', thing: { kind: 'process', name: 'db', crashSignal: 'SIGKILL', ...first } });
  ledger.write({ op: 'own', id: 'command', thing: { kind: 'command', name: 'x', ...first } });
  ledger.close();
  expect(await sweepDeadSessions(registry)).toEqual([{ ended: 0, left: [], failed: [] }]);
  expect(strangers.filter(isProcessAlive)).toEqual(strangers);
  expect([folder, data].some(fs.existsSync)).toBe(false);
});

test('a folder that is just being made is left alone, one that was never finished is removed', async () => {
  const { runtime, data } = useOwnFolders();
  const at = (parent: string, name: string) => {
    const folder = path.join(parent, name);
    fs.mkdirSync(folder, { recursive: true });
    return folder;
  };
  const young = at(path.join(runtime, 'sessions'), '.m0000000aaaaaaaa');
  const old = [
    at(path.join(runtime, 'sessions'), '.m0000000bbbbbbbb'),
    at(data, '.m0000000cccccccc'),
    at(data, 'm0000000dddddddd'), // a removal that was cut short
  ];
  makeOld(...old);
  expect(await sweepDeadSessions(registry)).toEqual([]);
  expect(fs.existsSync(young)).toBe(true);
  expect(old.filter(fs.existsSync)).toEqual([]);
});

test('a draft with a dead owner in it is ended under the name that its processes carry', async () => {
  const { runtime } = useOwnFolders();
  const id = 'm0000000eeeeeeee';
  const draft = path.join(runtime, 'sessions', `.${id}`);
  fs.mkdirSync(draft, { recursive: true });
  writeOwner(draft, dead());
  const tagged = startChild('/bin/sleep', ['60'], { env: { [SERVICE_TAG]: id } });
  expect(await sweepDeadSessions(registry)).toMatchObject([{ ended: 1 }]);
  await tagged.ended;
  expect(fs.existsSync(draft)).toBe(false);
});

test("what lies in a data root and has no name of ours is the user's, however old", async () => {
  const { data, runtime } = useOwnFolders();
  const names = ['mine', '.git', 'photos-2024', 'm0000000dddddddd.txt', 'M0000000DDDDDDDD', 'compile'];
  for (const name of names) fs.mkdirSync(path.join(data, name), { recursive: true });
  fs.mkdirSync(path.join(runtime, 'sessions', 'mine'), { recursive: true });
  makeOld(...names.map((name) => path.join(data, name)), path.join(runtime, 'sessions', 'mine'));
  await sweepDeadSessions(registry);
  expect(fs.readdirSync(data).sort()).toEqual([...names].sort());
  expect(fs.readdirSync(path.join(runtime, 'sessions'))).toEqual(['mine']);
});

test('two sweeps at once are as good as one', async () => {
  const { runtime, data } = useOwnFolders();
  for (let i = 0; i < 5; i++) makeSession(dead()).ledger.close();
  const reports = await Promise.all([sweepDeadSessions(registry), sweepDeadSessions(registry)]);
  expect(reports.flat().flatMap(({ failed }) => failed)).toEqual([]);
  expect([fs.readdirSync(path.join(runtime, 'sessions')), fs.readdirSync(data)]).toEqual([[], []]);
});

test('the ledger leads to data in a folder that is no data root of whoever sweeps', async () => {
  const { data } = useOwnFolders();
  const place = createSessionFolder((folder) => ledger.write({ op: 'own', id: folder, thing: { kind: 'folder', path: folder } }));
  const ledger = openLedger(place.folder);
  writeOwner(place.folder, dead());
  const folder = place.dataFolder(1);
  expect(path.dirname(folder)).toBe(data);
  ledger.close();
  setVariables({ SEATRIAL_DATA_DIR: undefined });
  await sweepDeadSessions(registry);
  expect([folder, place.folder].some(fs.existsSync)).toBe(false);
});
