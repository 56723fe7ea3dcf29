import path from 'node:path';
import type { Note, Origin, ServiceConfig } from '../core/config.ts';
import type { Registry } from '../core/registry.ts';
import { COMPOSE_FILES } from './compose/compose-file.ts';
import type { ComposeTest } from './compose/read-test-service.ts';
import { findFirst } from './find-upward.ts';
import { inferServices } from './infer/infer-services.ts';
import { readManifests } from './infer/read-manifests.ts';

export interface Found {
  readonly services: readonly ServiceConfig[];
  readonly test: ComposeTest | undefined;
  readonly notes: readonly Note[];
  readonly source: Origin;
  /** Folder that they were found in; undefined when nothing was. */
  readonly folder: string | undefined;
  /** Declared by a compose file, as against guessed from packages. */
  readonly declared: boolean;
}

interface Context {
  readonly cwd: string;
  readonly folders: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly registry: Registry;
}

/** The services of a project that has no file of ours: of its compose file, else what its manifests need. */
export async function findServices({ cwd, folders, env, registry }: Context): Promise<Found> {
  const notes: Note[] = [];
  const file = findFirst(folders, COMPOSE_FILES);
  if (file !== undefined) {
    const [{ readDocument }, { readCompose }] = await Promise.all([
      import('./read-document.ts'),
      import('./compose/read-compose.ts'),
    ]);
    const document = await readDocument(file, cwd);
    const reading = await readCompose(document, registry, env);
    notes.push(...reading.notes, ...overrideNote(file, folders));
    if (reading.services.length > 0 || reading.test)
      return {
        services: reading.services,
        test: reading.test,
        notes,
        source: document.label,
        folder: path.dirname(file),
        declared: true,
      };
  }
  const manifests = readManifests(folders);
  if (manifests) {
    const inferred = inferServices(manifests.all, manifests.folder, registry);
    notes.push(...inferred.notes);
    const names = new Set(inferred.services.map(({ origin }) => origin.replace(/ \(.*$/, '')));
    if (inferred.services.length > 0)
      return {
        services: inferred.services,
        test: undefined,
        notes,
        source: [...names].join(', '),
        folder: manifests.folder,
        declared: false,
      };
  }
  return { services: [], test: undefined, notes, source: 'nothing found', folder: manifests?.folder, declared: false };
}

/** `docker compose` would merge it without being asked. */
function overrideNote(file: string, folders: readonly string[]): readonly Note[] {
  const name = path.basename(file).replace(/\.(ya?ml)$/, '.override.$1');
  if (!/^(docker-)?compose\.override\./.test(name) || findFirst(folders, [name]) === undefined) return [];
  return [{ kind: 'ignored', text: `${name} is not merged into ${path.basename(file)}`, origin: name }];
}
