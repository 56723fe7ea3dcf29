import fs from 'node:fs';
import path from 'node:path';
import { namesIn, readTextIfThere } from '../../util/read-if-there.ts';
import type { Proposal } from './proposal.ts';
import { namesOfDependencies, readPackageJson } from './read-npm-manifest.ts';

/** What Knex calls the kinds that it is for. */
const KNEX_CLIENTS: Readonly<Record<string, RegExp>> = {
  postgres: /^(pg|pg-native|postgres|postgresql)$/,
  mariadb: /^mysql2?$/,
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
  const code = (readTextIfThere(file) ?? '').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const all = (pattern: RegExp) => [...code.matchAll(pattern)].map((match) => match[1] ?? '');
  const clients = all(/\bclient\s*:\s*["']([\w-]+)["']/g);
  if (clients.length === 0 || !clients.every((client) => KNEX_CLIENTS[kind]?.test(client))) return undefined;
  const folders = all(/\bdirectory\s*:\s*["']([^"']+)["']/g);
  if (!['migrations', ...folders].some((one) => fs.existsSync(path.join(folder, one)))) return undefined;
  const connections = all(/\bconnection\s*:\s*(?:\{\s*connectionString\s*:\s*)?(?:process\.env(?:\.|\[["'])(\w+))?(?:["']\])?/g);
  return {
    argv: ['knex', 'migrate:latest'],
    cwd: folder,
    tool: undefined,
    origin: path.relative(root, file),
    urlVariables: connections.includes('') ? [] : connections,
  };
}

/** node-pg-migrate takes DATABASE_URL, unless an option or the package `config` says otherwise. */
export function nodePgMigrate(folder: string, root: string, kind: string): Proposal | undefined {
  const json = kind === 'postgres' ? readPackageJson(folder) : undefined;
  const packages = json ? namesOfDependencies(json) : [];
  if (!json || !packages.includes('node-pg-migrate') || !fs.existsSync(path.join(folder, 'migrations'))) return undefined;
  const scripts = Object.values((json.scripts ?? {}) as Record<string, unknown>).map(String);
  const hasOptions = scripts.some((script) => /\bnode-pg-migrate\b.*\s-/.test(script));
  return {
    argv: ['node-pg-migrate', 'up'],
    cwd: folder,
    tool: undefined,
    origin: `${path.relative(root, path.join(folder, 'package.json'))} (node-pg-migrate)`,
    urlVariables: hasOptions || packages.includes('config') ? [] : ['DATABASE_URL'],
  };
}
