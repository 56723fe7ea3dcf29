import fs from 'node:fs';
import path from 'node:path';
import type { Note, ServiceConfig, Step } from '../../core/config.ts';
import { readTextIfThere } from '../../util/read-if-there.ts';
import { knex, nodePgMigrate, typeorm } from './node-migrations.ts';
import type { Proposal } from './proposal.ts';
import { SUB_PROJECTS } from './read-manifests.ts';
import { readPrismaSchema } from './read-npm-manifest.ts';

export interface WithMigrations {
  readonly services: readonly ServiceConfig[];
  readonly notes: readonly Note[];
}

/** Kinds that migration tools migrate, with Prisma's name for each. */
const SQL_KINDS: Readonly<Record<string, RegExp>> = {
  postgres: /^postgres(ql)?$/,
  mariadb: /^mysql$/,
  mysql: /^mysql$/,
};

/**
 * Proposes the project's migration tool for its one SQL server when the tool's files show that the URL comes from a variable which we
 * set; else says how to ask for it. It is marked as inferred: after it has run, our server must have seen it.
 */
export function inferMigrations(services: readonly ServiceConfig[], root: string): WithMigrations {
  const [database, second] = services.filter(({ kind }) => kind in SQL_KINDS);
  if (!database || second || database.url !== undefined || database.migrate.length > 0) return { services, notes: [] };
  const proposal = findProposal(root, database.kind);
  if (!proposal) return { services, notes: [] };
  const { argv, cwd, tool, origin } = proposal;
  const ours = variablesOf(database.name);
  const variable = proposal.urlVariables.find((name) => ours.includes(name));
  const command = argv.join(' ');
  if (variable === undefined || !proposal.urlVariables.every((name) => ours.includes(name))) {
    const why =
      proposal.urlVariables.length === 0
        ? 'where its URL comes from is not plain'
        : `its URL may come from ${proposal.urlVariables.join(', ')}`;
    const text = `${origin} is there, but ${why}: not run; \`migrate: ${command}\` for ${database.name} in seatrial.yaml runs it`;
    return { services, notes: [{ kind: 'ignored', text, origin }] };
  }
  const step: Step = { kind: 'command', argv, cwd, origin, tool, inputs: undefined, inferred: true, shell: false };
  const note: Note = {
    kind: 'inferred',
    text: `${database.name}: migrated by \`${command}\`, because ${origin} is there and its URL comes from ${variable}`,
    origin,
  };
  return {
    services: services.map((service) => (service === database ? { ...service, migrate: [step] } : service)),
    notes: [note],
  };
}

/** The names under which `run` injects the whole URL of an SQL service. */
function variablesOf(name: string): readonly string[] {
  return ['DATABASE_URL', 'TEST_DATABASE_URL', 'TEST_DB_URL', `${name.replaceAll('-', '_').toUpperCase()}_URL`];
}

function findProposal(root: string, kind: string): Proposal | undefined {
  for (const folder of ['', ...SUB_PROJECTS].map((name) => path.join(root, name))) {
    const found =
      alembic(folder, root) ??
      [prisma, knex, nodePgMigrate, typeorm].map((find) => find(folder, root, kind)).find((one) => one !== undefined);
    if (found) return found;
  }
  return undefined;
}

function alembic(folder: string, root: string): Proposal | undefined {
  const ini = readTextIfThere(path.join(folder, 'alembic.ini'));
  if (ini === undefined) return undefined;
  const location = /^\s*script_location\s*=\s*(.+?)\s*$/m.exec(ini)?.[1]?.replace('%(here)s/', '') ?? 'alembic';
  const program = readTextIfThere(path.join(folder, location, 'env.py')) ?? '';
  return {
    argv: ['alembic', 'upgrade', 'head'],
    cwd: folder,
    tool: 'alembic',
    origin: path.relative(root, path.join(folder, 'alembic.ini')),
    urlVariables: variablesReadBy(program),
  };
}

/** `os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`. */
function variablesReadBy(program: string): readonly string[] {
  const code = program.replace(/^\s*#.*$/gm, '');
  const names = [...code.matchAll(/(?:environ(?:\.get)?|getenv)\s*[[(]\s*["'](\w+)["']/g)].map((match) => match[1] ?? '');
  return [...new Set(names.filter((name) => /URL|DSN|URI|DATABASE|(^|_)DB(_|$)|^PG/.test(name)))];
}

function prisma(folder: string, root: string, kind: string): Proposal | undefined {
  const schema = readPrismaSchema(folder);
  if (!schema || !fs.existsSync(path.join(path.dirname(schema.file), 'migrations'))) return undefined;
  const source = /datasource\s+\w+\s*\{([^}]*)\}/.exec(schema.text)?.[1] ?? '';
  if (!SQL_KINDS[kind]?.test(/provider\s*=\s*"(\w+)"/.exec(source)?.[1] ?? '')) return undefined;
  return {
    argv: ['prisma', 'migrate', 'deploy'],
    cwd: folder,
    tool: 'prisma',
    origin: path.relative(root, schema.file),
    urlVariables: [...source.matchAll(/^\s*(?:url|directUrl)\s*=\s*env\("(\w+)"\)/gm)].map((match) => match[1] ?? ''),
  };
}
