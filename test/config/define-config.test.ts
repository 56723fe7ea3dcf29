import { expect, expectTypeOf, test } from 'vitest';
import { CONFIG_SHAPE, LATER_KEYS, SERVICE_KEYS } from '../../src/config/config-shape.ts';
import type { Isolation } from '../../src/core/isolation.ts';
import { defineConfig, type SeatrialConfig, type ServiceInput } from '../../src/index.ts';

test('defineConfig gives types and nothing else', () => {
  const config = defineConfig({
    services: { db: { use: 'postgres@18', seed: ['a.sql', { command: ['x'], inputs: ['y'] }], settings: { work_mem: '8MB' } } },
  });
  expect(config.services?.db).toMatchObject({ use: 'postgres@18' });
  expectTypeOf<SeatrialConfig['test']>().toMatchTypeOf<{ readonly isolation?: Isolation } | undefined>();
});

test('the types know exactly the keys that the validation knows', () => {
  // An object with every key of the types: the compiler refuses a missing and an unknown one.
  const keys: Record<keyof SeatrialConfig, true> = {
    project: true,
    services: true,
    test: true,
    env: true,
    envFiles: true,
    drivers: true,
    ports: true,
    artifacts: true,
    idle: true,
  };
  expect(Object.keys(keys).sort()).toEqual(
    Object.keys(CONFIG_SHAPE.keys)
      .filter((key) => key !== '$schema' && !(LATER_KEYS as readonly string[]).includes(key))
      .sort(),
  );
  type Named = { [Key in keyof ServiceInput as string extends Key ? never : Key]: ServiceInput[Key] };
  const service: Record<keyof Named, true> = {
    use: true,
    image: true,
    url: true,
    drivers: true,
    port: true,
    init: true,
    migrate: true,
    seed: true,
    allowReset: true,
    gateway: true,
    pull: true,
    memory: true,
  };
  expect(Object.keys(service).sort()).toEqual(Object.keys(SERVICE_KEYS).sort());
});
