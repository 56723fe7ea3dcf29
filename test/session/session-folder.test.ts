import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readOwner } from '../../src/session/ledger.ts';
import { createSessionFolder, listSessionFolders } from '../../src/session/session-folder.ts';
import { selfIdentity } from '../../src/util/platform/process-identity.ts';
import { setVariables, useOwnFolders } from '../helpers/own-folders.ts';

const modeOf = (file: string) => fs.statSync(file).mode & 0o777;

test('a session has a folder at once and a data folder when it needs one, both with their owner', () => {
  const { runtime, data } = useOwnFolders();
  const told: string[] = [];
  const place = createSessionFolder((folder) => told.push(folder));
  expect(place.folder).toBe(path.join(runtime, 'sessions', place.id));
  expect([fs.existsSync(data), place.dataFolders(), told]).toEqual([false, [], []]);
  const folder = place.dataFolder(1);
  expect(place.dataFolder(1)).toBe(folder);
  expect([place.dataFolders(), told]).toEqual([[folder], [folder]]);
  for (const at of [place.folder, folder]) expect(readOwner(at)).toMatchObject({ session: place.id, ...selfIdentity() });
  expect(listSessionFolders().get(place.id)).toMatchObject({ folder: place.folder, data: [folder] });
  expect(fs.readdirSync(data)).toEqual([place.id]);
});

test('services under another uid can get through the folders of root whatever the umask; nobody gets into those of a user', () => {
  const { runtime, data } = useOwnFolders();
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  const place = createSessionFolder();
  const folders = [runtime, path.join(runtime, 'sessions'), place.folder, data, place.dataFolder(1)];
  const expected = process.getuid?.() === 0 ? 0o711 : 0o700;
  expect(folders.map(modeOf)).toEqual(folders.map(() => expected));
});

test('a place that can not be written is an error that names it and says what to set', () => {
  useOwnFolders();
  setVariables({ SEATRIAL_DATA_DIR: '/dev/null/nowhere' });
  expect(() => createSessionFolder().dataFolder(1)).toThrow(
    expect.objectContaining({
      code: 'SEATRIAL_RUNTIME_UNUSABLE',
      message: expect.stringContaining('/dev/null/nowhere'),
      hint: expect.stringContaining('SEATRIAL_DATA_DIR'),
    }),
  );
  setVariables({ SEATRIAL_RUNTIME_DIR: '/dev/null/nowhere' });
  expect(() => createSessionFolder()).toThrow(
    expect.objectContaining({ code: 'SEATRIAL_RUNTIME_UNUSABLE', hint: expect.stringContaining('SEATRIAL_RUNTIME_DIR') }),
  );
});

test("another user's folder is not taken, though root could", () => {
  const { runtime } = useOwnFolders();
  if (process.getuid?.() !== 0) setVariables({ SEATRIAL_RUNTIME_DIR: '/etc' });
  else {
    fs.mkdirSync(path.join(runtime, 'sessions'), { recursive: true });
    fs.chownSync(path.join(runtime, 'sessions'), 65534, 65534);
  }
  expect(() => createSessionFolder()).toThrow(expect.objectContaining({ code: 'SEATRIAL_RUNTIME_UNUSABLE' }));
});
