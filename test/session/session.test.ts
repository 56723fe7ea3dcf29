import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import type { Registry } from '../../src/core/registry.ts';
import { openSession } from '../../src/session/session.ts';
import { useOwnFolders } from '../helpers/own-folders.ts';

const none = () => Promise.reject(new Error('there is none'));
const registry: Registry = { services: {}, loadDriver: none, loadGateways: none };

/** A session of no service. */
const open = (watchdogProgram: string) =>
  openSession({
    plan: { config: { test: {} }, services: [], notes: [] } as unknown as Plan,
    registry,
    watchdogProgram,
    isolation: 'worker',
    leasing: false,
    signal: new AbortController().signal,
  });

function openFiles(folder: string): string[] {
  return fs.readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = fs.readlinkSync(path.join('/proc/self/fd', fd));
      return file.startsWith(folder) ? [file] : [];
    } catch {
      return [];
    }
  });
}

test('a session whose watchdog can not be started is not opened, and leaves neither folder nor open file', async () => {
  const { runtime } = useOwnFolders();
  await expect(open('x'.repeat(200_000))).rejects.toThrow('E2BIG');
  expect([fs.readdirSync(path.join(runtime, 'sessions')), openFiles(runtime)]).toEqual([[], []]);
});

test('a session whose ledger can not be opened leaves no folder', async () => {
  const { runtime } = useOwnFolders();
  const { openSync } = fs;
  vi.spyOn(fs, 'openSync').mockImplementation((file, ...options) => {
    if (String(file).endsWith('ledger.jsonl')) throw new Error('EMFILE: too many open files');
    return openSync(file, ...options);
  });
  onTestFinished(() => void vi.restoreAllMocks());
  await expect(open('/nowhere')).rejects.toThrow('EMFILE');
  expect(fs.readdirSync(path.join(runtime, 'sessions'))).toEqual([]);
});
