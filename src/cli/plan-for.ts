import { builtin } from '../builtin.ts';
import type { ResolvedConfig } from '../core/config.ts';
import type { Plan } from '../core/plan.ts';

/** The plan of a configuration on this machine, with the built-in services and drivers. */
export async function planFor(config: ResolvedConfig): Promise<Plan> {
  if (config.services.length === 0) return { config, services: [], notes: config.notes };
  const { makePlan } = await import('../plan/make-plan.ts');
  return makePlan(config, builtin);
}

/** What the project's kinds of services say about its isolation, one line each. */
export async function adviceFor({ services, test }: ResolvedConfig): Promise<string[]> {
  if (test.isolation === 'run') return [];
  const kinds = [...new Set(services.map(({ kind }) => kind))];
  const definitions = await Promise.all(kinds.map((kind) => builtin.services[kind]?.load()));
  return definitions.flatMap((definition) => definition?.advice?.(test.isolation) ?? []);
}

/** What each service is, for a line about it. */
export function titlesOf(plan: Plan): Record<string, string> {
  return Object.fromEntries(plan.services.map(({ config, product, driver }) => [config.name, `${product}, ${driver},`]));
}
