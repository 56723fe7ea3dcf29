import type { Target } from '../connect.ts';
import type { ControlConnection } from '../control-connection.ts';
import { copyDatabase, type DatabaseTraits } from '../database-copy.ts';
import { dropMarked } from '../drop-marked.ts';
import { quoteName, quoteText } from '../identifier.ts';
import { parseMarker, toMarker } from '../marker.ts';
import { openRewindConnection } from './connection.ts';
import { type Installed, installRewind } from './install.ts';

/** A copy of the pristine template in which writes are captured: installation costs more than a copy, so it happens once. */
export interface CapturedTemplate extends Pick<Installed, 'uncovered'> {
  readonly name: string;
}

export interface CapturedTemplateOptions {
  readonly name: string;
  /** The pristine template. */
  readonly source: string;
  readonly token: string;
  readonly traits: DatabaseTraits;
  /** How writes are captured. Default: the undo log. */
  readonly install?: typeof installRewind;
}

/** Finds the one of an earlier book, or makes it. Its marker says that it is complete; a half-made one is dropped. */
export async function openCapturedTemplate(
  control: ControlConnection,
  target: Target,
  { name, source, token, traits, install = installRewind }: CapturedTemplateOptions,
): Promise<CapturedTemplate> {
  const [found] = await control.query<{ comment: string | null }>(
    `select pg_catalog.shobj_description(oid, 'pg_database') as comment from pg_catalog.pg_database where datname = $1`,
    [name],
  );
  if (parseMarker(found?.comment)?.what === 'captured template') return { name, uncovered: [] };
  if (found) await dropMarked(control, name, { what: 'template', token });

  await copyDatabase(control, { name, source, traits, marker: { what: 'template', token, since: Date.now() } });
  const installed = await installIn({ ...target, database: name }, install);
  const marker = toMarker({ what: 'captured template', token, since: Date.now() });
  await control.query(
    `ALTER DATABASE ${quoteName(name)} ALLOW_CONNECTIONS false; COMMENT ON DATABASE ${quoteName(name)} IS ${quoteText(marker)}`,
  );
  return { name, uncovered: installed.uncovered };
}

async function installIn(target: Target, install: typeof installRewind): Promise<Installed> {
  const connection = await openRewindConnection(target);
  try {
    return await install(connection);
  } finally {
    await connection[Symbol.asyncDispose]();
  }
}
