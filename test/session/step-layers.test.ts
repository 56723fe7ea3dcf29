import path from 'node:path';
import { expect, test } from 'vitest';
import type { PlannedService } from '../../src/core/plan.ts';
import { planSteps } from '../../src/session/step-layers.ts';
import { makeProject } from '../helpers/project.ts';

test('a seed of known inputs is kept for other runs, but not where data expire: there it is carried out on each start', async () => {
  const root = makeProject({ 'seed.sql': 'select 1' });
  const planned = (ephemeral: boolean) =>
    ({
      config: { migrate: [], seed: [{ kind: 'sql', path: path.join(root, 'seed.sql'), origin: '' }] },
      configured: { ephemeral },
    }) as unknown as PlannedService;
  const titles = async (ephemeral: boolean) => {
    const { cached, always } = await planSteps(planned(ephemeral), () => ({}), root);
    return { cached: cached.map(({ title }) => title), always: always.map(({ title }) => title) };
  };
  expect(await titles(false)).toEqual({ cached: ['seed: seed.sql'], always: [] });
  expect(await titles(true)).toEqual({ cached: [], always: ['seed: seed.sql'] });
});
