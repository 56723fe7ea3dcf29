import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type OwnedThing, openLedger, readLedger, readOwner, writeOwner } from '../../src/session/ledger.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const server: OwnedThing = { kind: 'process', name: 'db', pid: 7, startTime: '1', crashSignal: 'SIGQUIT' };
const command: OwnedThing = { kind: 'command', name: 'pytest', pid: 8, startTime: '2' };

/** The ledger of a session with a server, a command that has ended, and an intent. */
function writeLedger(folder: string): string {
  const ledger = openLedger(folder);
  ledger.write({ op: 'intent', id: 'p1', what: 'db' });
  ledger.write({ op: 'own', id: 'p1', thing: server });
  ledger.write({ op: 'own', id: 'command', thing: command });
  ledger.write({ op: 'gone', id: 'command' });
  ledger.write({ op: 'intent', id: 'p2', what: 'cache' });
  ledger.close();
  return path.join(folder, 'ledger.jsonl');
}

test('tells what is still there, in the order in which it came; each write is in the file at once', () => {
  const folder = temporaryFolder();
  const file = writeLedger(folder);
  expect([...readLedger(folder)]).toEqual([['p1', server]]);
  const again = openLedger(folder);
  again.write({ op: 'own', id: 'p2', thing: command });
  expect([...readLedger(folder).values()]).toEqual([server, command]);
  again.write({ op: 'own', id: 'p1', thing: { ...server, pid: 9 } });
  expect(readLedger(folder).get('p1')).toMatchObject({ pid: 9 });
  again.close();
  expect((fs.statSync(file).mode & 0o777).toString(8)).toBe('600');
});

test('lines of garbage and a last line that was cut off hide nothing else', () => {
  const folder = temporaryFolder();
  const file = writeLedger(folder);
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const garbage = [
    '',
    '{',
    'null',
    '[]',
    '7',
    '"own"',
    '{"op":"own","id":"x"}',
    '{"op":"own","id":"y","thing":null}',
    '\0\0\0',
    '{"op":"?"}',
  ];
  fs.writeFileSync(file, [...garbage, ...lines, ...garbage, '{"op":"own","id":"z","thing":{"kind":"proc'].join('\n'));
  expect([...readLedger(folder)]).toEqual([['p1', server]]);
});

test.each(Array.from({ length: 20 }, (_, i) => [i / 20]))(
  'a file cut off at %d of its length reads as what was written by then',
  (share) => {
    const folder = temporaryFolder();
    const file = writeLedger(folder);
    const whole = fs.readFileSync(file, 'utf8');
    const cut = whole.slice(0, Math.floor(whole.length * share));
    fs.writeFileSync(file, cut);
    const complete = cut.slice(0, cut.lastIndexOf('\n') + 1);
    const left = readLedger(folder);
    fs.writeFileSync(file, complete);
    expect(left).toEqual(readLedger(folder));
  },
);

test('a write that is cut off fails, and hides none of those after it; one that is short is completed', () => {
  const folder = temporaryFolder();
  const ledger = openLedger(folder);
  const { writeSync } = fs;
  const write = writeSync as (fd: number, content: string | Buffer, from?: number, length?: number) => number;
  const short = (fd: number, content: unknown) => write(fd, Buffer.from(content as string), 0, 7);
  const spy = vi.spyOn(fs, 'writeSync');
  onTestFinished(() => void vi.restoreAllMocks());
  spy.mockImplementationOnce(short).mockImplementationOnce(() => {
    throw new Error('ENOSPC: no space left on device');
  });
  expect(() => ledger.write({ op: 'intent', id: 'p1', what: 'db' })).toThrow('ENOSPC');
  ledger.write({ op: 'own', id: 'p2', thing: server });
  spy.mockImplementationOnce(short);
  ledger.write({ op: 'own', id: 'p3', thing: command });
  expect([...readLedger(folder).values()]).toEqual([server, command]);
  ledger.close();
});

test('without a file nothing is owned, and nobody is the owner', () => {
  expect(readLedger('/nowhere').size).toBe(0);
  expect(readOwner('/nowhere')).toBeUndefined();
});

test('what is written after the end reaches no file, not even another one with the same number', () => {
  const folder = temporaryFolder();
  const ledger = openLedger(folder);
  ledger.close();
  const other = path.join(folder, 'other');
  const fd = fs.openSync(other, 'w');
  ledger.write({ op: 'gone', id: 'p1' });
  ledger.close();
  fs.writeSync(fd, 'mine');
  fs.closeSync(fd);
  expect(fs.readFileSync(other, 'utf8')).toBe('mine');
});

test('an owner is read back whole, and not at all from a file that is damaged', () => {
  const folder = temporaryFolder();
  const owner = { session: 'a', startedAt: 1, pid: 2, startTime: '3', boot: 'b', pidNamespace: 'c' };
  writeOwner(folder, owner);
  expect(readOwner(folder)).toEqual(owner);
  for (const text of ['', '{', 'null', '{}', '{"pid":"2","startTime":"3"}', '{"pid":2}']) {
    fs.writeFileSync(path.join(folder, 'owner.json'), text);
    expect(readOwner(folder)).toBeUndefined();
  }
});
