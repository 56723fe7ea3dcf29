import { planToJson, renderPlan } from '../../plan/render.ts';
import { readConfig, type ServiceFlags } from '../options.ts';
import { planFor } from '../plan-for.ts';

/** `seatrial plan`: starts and fetches nothing. */
export async function plan(flags: ServiceFlags): Promise<void> {
  const made = await planFor(await readConfig(flags));
  process.stdout.write(flags.json ? `${JSON.stringify(planToJson(made))}\n` : `${renderPlan(made)}\n`);
}
