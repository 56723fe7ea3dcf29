import type { Isolation } from '../../../core/isolation.ts';
import type { Target } from '../connect.ts';
import type { ControlConnection } from '../control-connection.ts';
import type { DatabaseTraits } from '../database-copy.ts';
import { dropMarked } from '../drop-marked.ts';
import { type LeaseTemplate, toDatabaseName } from '../lease-template.ts';
import { settingsForRestore } from '../restore/statistics.ts';
import { openCapturedTemplate } from '../rewind/captured-template.ts';
import { installRewind } from '../rewind/install.ts';
import { installFlags } from './flags.ts';
import { installRowCopies } from './row-copies.ts';

/** What is installed in the template of an isolation; the others use the pristine one. */
const INSTALLED: Partial<Record<Isolation, Installation>> = {
  rewind: { suffix: 'rewind', install: installRewind, settings: settingsForRestore },
  transaction: { suffix: 'rewind', install: installRewind, settings: settingsForRestore },
  database: { suffix: 'flags', install: installFlags },
  truncate: { suffix: 'copies', install: installRowCopies },
};

interface Installation {
  readonly suffix: string;
  readonly install: typeof installRewind;
  /** What its copies must have set. */
  readonly settings?: typeof settingsForRestore;
}

export interface Templates {
  /** The name of the template for leases of this isolation; made when first asked for. */
  of(isolation: Isolation): Promise<string>;
  /** What a lease or clone is to have that is copied from this template; `of` has answered it. */
  traitsOf(template: string): DatabaseTraits;
  drop(): Promise<void>;
}

export function createTemplates(
  control: ControlConnection,
  target: Target,
  {
    pristine,
    traits,
    external,
  }: { readonly pristine: LeaseTemplate; readonly traits: DatabaseTraits; readonly external: boolean },
): Templates {
  const made = new Map<string, Promise<string>>();
  const settings = new Map<string, DatabaseTraits['settings']>();
  const { token } = pristine;
  const nameOf = (suffix: string) =>
    toDatabaseName(target.database, external ? `_seatrial_${suffix.slice(0, 1)}${token}` : `_seatrial_${suffix}`);
  return {
    of: (isolation) => {
      const installed = INSTALLED[isolation];
      if (!installed) return Promise.resolve(pristine.name);
      const name = nameOf(installed.suffix);
      const known = made.get(name);
      if (known) return known;
      const making = (async () => {
        settings.set(name, (await installed.settings?.(control, traits)) ?? []);
        await openCapturedTemplate(control, target, {
          name,
          source: pristine.name,
          token,
          traits: { owner: traits.owner, settings: [], grants: undefined },
          install: installed.install,
        });
        return name;
      })();
      made.set(name, making);
      making.catch(() => made.delete(name)); // whoever comes next hears it too
      return making;
    },
    traitsOf: (template) => ({ ...traits, settings: [...traits.settings, ...(settings.get(template) ?? [])] }),
    drop: async () => {
      for (const name of made.keys()) await dropMarked(control, name, { what: 'captured template', token });
    },
  };
}
