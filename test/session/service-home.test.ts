import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLedger, readLedger } from '../../src/session/ledger.ts';
import { createServiceHome } from '../../src/session/service-home.ts';
import { createSessionFolder } from '../../src/session/session-folder.ts';
import { setVariables, useOwnFolders } from '../helpers/own-folders.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** The home of a service in a data root with the path that is given. */
function makeHome(root?: string) {
  useOwnFolders();
  if (root) setVariables({ SEATRIAL_DATA_DIR: root });
  const place = createSessionFolder();
  const ledger = openLedger(place.folder);
  onTestFinished(() => ledger.close());
  return { home: createServiceHome('db', { ...place, ledger }, undefined), owned: () => [...readLedger(place.folder).values()] };
}

const modeOf = (folder: string) => (fs.statSync(folder).mode & 0o777).toString(8);

test('data and sockets of a service lie side by side, closed to others, and are empty each time', () => {
  const { home, owned } = makeHome(temporaryFolder());
  const data = home.empty(1);
  fs.writeFileSync(path.join(data, 'old'), '');
  expect(home.empty(1)).toBe(data);
  expect(home.socketDir()).toBe(path.join(path.dirname(data), 's'));
  expect([data, home.socketDir()].map((folder) => [fs.readdirSync(folder), modeOf(folder)])).toEqual([
    [[], '700'],
    [[], '700'],
  ]);
  expect(owned()).toEqual([]);
  home.remove();
  expect(fs.existsSync(path.dirname(data))).toBe(false);
});

test('in a data folder with a long path the sockets get a short one, which the ledger knows until it is gone', () => {
  const { home, owned } = makeHome(path.join(temporaryFolder(), 'ü'.repeat(40)));
  const data = home.empty(1);
  const first = home.socketDir();
  onTestFinished(() => fs.rmSync(first, { recursive: true, force: true }));
  expect(Buffer.byteLength(path.join(first, '.s.PGSQL.65535'))).toBeLessThan(100);
  expect([modeOf(first), owned()]).toEqual(['700', [{ kind: 'folder', path: first }]]);
  home.empty(1);
  const second = home.socketDir();
  onTestFinished(() => fs.rmSync(second, { recursive: true, force: true }));
  expect([fs.existsSync(first), owned()]).toEqual([false, [{ kind: 'folder', path: second }]]);
  home.remove();
  expect([[data, second].some(fs.existsSync), owned()]).toEqual([false, []]);
});
