import fs from 'node:fs';
import path from 'node:path';
import { namesIn, readTextIfThere } from '../../util/read-if-there.ts';
import type { Proposal } from './proposal.ts';
import { namesOfDependencies, type PackageJson, readPackageJson } from './read-npm-manifest.ts';

/** What Knex and TypeORM call the kinds that they are for. */
const CLIENTS: Readonly<Record<string, RegExp>> = {
  postgres: /^(pg|pg-native|postgres|postgresql)$/,
  mariadb: /^(mysql2?|mariadb)$/,
  mysql: /^mysql2?$/,
};

/**
 * Knex takes the part of its file that NODE_ENV names, so each connection must come from a variable: beside one from DATABASE_URL there
 * often is one for development that is written out.
 */
export function knex(folder: string, root: string, kind: string): Proposal | undefined {
  const name = namesIn(folder).find((one) => /^knexfile\.[cm]?js$/.test(one));
  if (name === undefined || !namesOfDependencies(readPackageJson(folder) ?? {}).includes('knex')) return undefined;
  const file = path.join(folder, name);
  const all = matchesIn(file);
  const clients = all(/\bclient\s*:\s*["']([\w-]+)["']/g);
  if (clients.length === 0 || !clients.every((client) => CLIENTS[kind]?.test(client))) return undefined;
  const folders = all(/\bdirectory\s*:\s*["']([^"']+)["']/g);
  if (!['migrations', ...folders].some((one) => fs.existsSync(path.join(folder, one)))) return undefined;
  const connections = all(/\bconnection\s*:\s*(?:\{\s*connectionString\s*:\s*)?(?:process\.env(?:\.|\[["'])(\w+))?(?:["']\])?/g);
  return {
    argv: ['knex', 'migrate:latest'],
    cwd: folder,
    tool: undefined,
    origin: path.relative(root, file),
    urlVariables: connections.includes('') || overrides(all) ? [] : connections,
  };
}

/** node-pg-migrate takes DATABASE_URL, unless an option or the package `config` says otherwise. */
export function nodePgMigrate(folder: string, root: string, kind: string): Proposal | undefined {
  const json = kind === 'postgres' ? readPackageJson(folder) : undefined;
  const packages = json ? namesOfDependencies(json) : [];
  if (!json || !packages.includes('node-pg-migrate') || !fs.existsSync(path.join(folder, 'migrations'))) return undefined;
  const hasOptions = scriptsOf(json).some(([, script]) => /\bnode-pg-migrate\b.*\s-/.test(script));
  return {
    argv: ['node-pg-migrate', 'up'],
    cwd: folder,
    tool: undefined,
    origin: `${path.relative(root, path.join(folder, 'package.json'))} (node-pg-migrate)`,
    urlVariables: hasOptions || packages.includes('config') ? [] : ['DATABASE_URL'],
  };
}

/** TypeORM's own commands are told their data source by an option, so a script of the project that runs its migrations is what counts. */
export function typeorm(folder: string, root: string, kind: string): Proposal | undefined {
  const json = readPackageJson(folder);
  if (!json || !namesOfDependencies(json).includes('typeorm')) return undefined;
  const scripts = scriptsOf(json).filter(([, script]) => /\btypeorm\b|\bmigration:run\b/.test(script));
  const [name] = scripts.find(([, script]) => /\bmigration:run\b/.test(script)) ?? [];
  const sources = scripts.flatMap(([, script]) => /\s(?:-d|--dataSource)[\s=]+(\S+)/.exec(script)?.[1] ?? []);
  const [source, second] = new Set(sources);
  if (name === undefined || source === undefined || second !== undefined) return undefined;
  const file = path.join(folder, source);
  const all = matchesIn(file);
  const [type] = all(/\btype\s*:\s*["'](\w+)["']/g);
  if (type === undefined || !CLIENTS[kind]?.test(type)) return undefined;
  const urls = all(/\burl\s*:\s*(?:process\.env(?:\.|\[["'])(\w+))?/g);
  return {
    argv: ['npm', 'run', name],
    cwd: folder,
    tool: undefined,
    origin: path.relative(root, file),
    urlVariables: urls.includes('') || all(/\bhost\s*:/g).length > 0 || overrides(all) ? [] : urls,
  };
}

/** The first group of each match in some code. */
type Finder = (pattern: RegExp) => readonly string[];

/** `dotenv.config({ override: true })` puts what `.env` says in the place of what we set. */
function overrides(all: Finder): boolean {
  return all(/\boverride\s*:\s*true\b/g).length > 0;
}

/** Comments are left out. */
function matchesIn(file: string): Finder {
  const code = (readTextIfThere(file) ?? '').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return (pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? '');
}

function scriptsOf(json: PackageJson): readonly (readonly [string, string])[] {
  return Object.entries((json.scripts ?? {}) as Record<string, unknown>).map(([name, script]) => [name, String(script)]);
}
