import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { BinarySpec } from '../../src/core/launch-spec.ts';
import { prepareData } from '../../src/session/prepare-data.ts';
import { setVariables, useOwnFolders } from '../helpers/own-folders.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Data of one layer, which is a single file; `seen`: how many entries the cache had each time it was made. */
function makeData() {
  const { cache } = useOwnFolders();
  const target = path.join(temporaryFolder(), 'data');
  const warnings: string[] = [];
  const seen: number[] = [];
  const prepare = () =>
    prepareData({
      spec: {} as BinarySpec,
      layers: [
        {
          kind: 'offline',
          title: 'initdb',
          key: 1,
          build: async ({ dataDir }) => {
            seen.push(entries().length);
            fs.writeFileSync(path.join(dataDir, 'file'), 'content');
          },
        },
      ],
      tools: { version: '1', buildId: 'b', bin: (name) => name, env: {} },
      user: undefined,
      sessionId: 'm0000000aaaaaaaa',
      signal: new AbortController().signal,
      fresh: false,
      emptyFolder: () => {
        fs.rmSync(target, { recursive: true, force: true });
        fs.mkdirSync(target);
        return target;
      },
      onStep: () => {},
      warn: (line) => warnings.push(line),
    });
  const prepared = path.join(cache, 'prepared');
  const entries = () => (fs.existsSync(prepared) ? fs.readdirSync(prepared).map((name) => path.join(prepared, name)) : []);
  return { prepare, target, warnings, entries, seen };
}

/** From here on `tar -x` fails with this message. */
function letTarFail(message: string): void {
  const folder = temporaryFolder();
  const script = `#!/bin/sh\n[ "$1" = -xf ] || PATH='${process.env.PATH}' exec tar "$@"\necho 'tar: ./file: ${message}' >&2\nexit 2\n`;
  fs.writeFileSync(path.join(folder, 'tar'), script, { mode: 0o755 });
  setVariables({ PATH: `${folder}:${process.env.PATH}` });
}

test('a data folder that is full is an error which names it and the way out; the prepared data stay', async () => {
  const { prepare, target, entries, warnings } = makeData();
  await prepare();
  const before = entries();
  letTarFail('Cannot write: No space left on device');
  await expect(prepare()).rejects.toMatchObject({
    code: 'SEATRIAL_RUNTIME_UNUSABLE',
    message: expect.stringContaining(`the data folder ${target} is full`),
    hint: expect.stringContaining('SEATRIAL_DATA_DIR'),
  });
  expect([before.length, entries(), warnings]).toEqual([1, before, []]);
});

test('prepared data that can not be copied for a reason of the system are made again for this run, told once, and stay for the others', async () => {
  const { prepare, seen, warnings, target } = makeData();
  await prepare();
  letTarFail('Cannot open: Permission denied');
  await prepare();
  expect(seen).toEqual([0, 1]);
  expect([warnings, fs.readdirSync(target)]).toEqual([[expect.stringContaining('Permission denied')], ['file']]);
});

test('prepared data that are damaged are dropped, told, and made again once', async () => {
  const { prepare, seen, warnings, entries, target } = makeData();
  await prepare();
  for (const name of ['rest.tar', 'half.tar']) fs.writeFileSync(path.join(entries()[0] as string, name), 'no archive');
  await prepare();
  await prepare();
  expect([seen, warnings, fs.readFileSync(path.join(target, 'file'), 'utf8')]).toEqual([
    [0, 0],
    [expect.stringContaining('could not be used and is made again')],
    'content',
  ]);
});
