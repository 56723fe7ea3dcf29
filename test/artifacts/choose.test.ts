import { describe, expect, test } from 'vitest';
import { chooseEntry, chooseFile, unfit } from '../../src/artifacts/choose.ts';
import type { ArtifactEntry } from '../../src/artifacts/lock-entry.ts';
import { LOCK_LIST } from '../../src/artifacts/lock-list.ts';
import { platformKey } from '../../src/util/platform/machine.ts';

const choose = (key: string, version?: string) => {
  const choice = chooseEntry(LOCK_LIST, key, version);
  return 'entry' in choice ? choice.entry.version : choice;
};
const postgres18 = LOCK_LIST.find((entry) => entry.key === 'postgres@18') as ArtifactEntry;
const onlyFor = (platform: string, minGlibc?: string): ArtifactEntry => {
  const { minGlibc: _, ...file } = Object.values(postgres18.platforms)[0] as NonNullable<ArtifactEntry['platforms'][string]>;
  return { ...postgres18, platforms: { [platform]: { ...file, ...(minGlibc ? { minGlibc } : {}) } } };
};

describe('the build for a request', () => {
  test('is the one of the major, also for an older minor of it', () => {
    expect(choose('postgres@18')).toBe('18.4');
    expect(choose('postgres@18', '18')).toBe('18.4');
    expect(choose('postgres@16', '16.4')).toBe('16.14');
  });

  test('is none for a newer minor, another major or nonsense', () => {
    expect(choose('postgres@18', '18.99')).toMatchObject({ versions: ['18.4'], missing: expect.stringContaining('18.99') });
    expect(choose('postgres@18', '17')).toMatchObject({ versions: ['18.4'] });
    expect(choose('postgres@18', '18.x')).toMatchObject({ versions: ['18.4'] });
  });

  test('is Valkey 9 for Redis 7 and 8', () => {
    expect(choose('valkey@9', '7')).toBe('9.1.2');
    expect(choose('valkey@9', '8.0.1')).toBe('9.1.2');
    expect(choose('valkey@9', '5')).toMatchObject({ versions: ['9.1.2'] });
  });

  test('is none for an unknown key, and says which there are of the kind', () => {
    expect(choose('postgres@9')).toEqual({
      missing: expect.stringContaining('postgres@16, postgres@17, postgres@18'),
      versions: ['16', '17', '18'],
    });
    expect(choose('nonsense@1')).toMatchObject({ versions: [] });
  });
});

describe('a build for other machines', () => {
  test('is refused with the platforms that exist', () => {
    expect(() => chooseFile(onlyFor('sunos-sparc'))).toThrow(
      expect.objectContaining({
        code: 'SEATRIAL_ARTIFACT_NO_PLATFORM',
        message: expect.stringContaining('builds exist for sunos-sparc'),
      }),
    );
  });

  test('is refused when it needs a newer C library', () => {
    const reason = unfit(onlyFor(platformKey(), '99.1'));
    if (process.platform === 'linux') expect(reason).toMatch(/needs glibc 99\.1 and this machine has 2\.\d+|musl/);
    expect(unfit(onlyFor(platformKey()))).toBeUndefined();
  });
});

test('the lock list names each key once, with checksums, sizes and relative paths', () => {
  expect(new Set(LOCK_LIST.map((entry) => entry.key)).size).toBe(LOCK_LIST.length);
  for (const entry of LOCK_LIST) {
    for (const [platform, file] of Object.entries(entry.platforms)) {
      expect(platform).toMatch(/^((linux|darwin)-(x64|arm64)|any)$/);
      expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(file.unpackedBytes).toBeGreaterThanOrEqual(file.bytes);
      if (!platform.startsWith('linux')) expect(file.minGlibc).toBeUndefined(); // a static build has none either
      for (const part of file.parts ?? []) expect(part).toMatch(/^[\w.-]+:[\w.-]+:[\w.-]+ [0-9a-f]{64}$/);
      for (const name of Object.values(file.executables)) expect(name).toMatch(/^[a-z][^:\\]*$/);
    }
  }
});
