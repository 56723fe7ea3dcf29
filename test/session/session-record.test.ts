import { expect, test } from 'vitest';
import type { ResolvedConfig } from '../../src/core/config.ts';
import { configKey } from '../../src/session/session-record.ts';
import { resolveFiles } from '../helpers/project.ts';

test('the key of a configuration changes with what its services are, and not with where that is written', async () => {
  const config = await resolveFiles({
    'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrate: up.sql }\n',
    'up.sql': 'select 1;',
  });
  const changed = (from: string, to: string) => {
    const text = JSON.stringify(config);
    expect(text).toContain(from);
    return configKey(JSON.parse(text.replaceAll(from, to)) as ResolvedConfig);
  };
  expect(configKey(config)).toMatch(/^[0-9a-f]{16}$/);
  expect(changed('seatrial.yaml:2', 'seatrial.yaml:7')).toBe(configKey(config));
  const others = [changed('"18"', '"17"'), changed('up.sql', 'down.sql'), changed('"embedded"', '"native"')];
  expect(new Set([configKey(config), ...others]).size).toBe(4);
});
