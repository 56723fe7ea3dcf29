import type { Registry } from '../../core/registry.ts';
import { kindOfUrl } from '../kind-of-url.ts';

/** A service of the compose file that we start, and how containers call it. */
export interface Target {
  readonly name: string;
  /** Its compose name and network aliases. */
  readonly hosts: readonly string[];
  /** The port inside its container. */
  readonly port: number;
  readonly database: string | undefined;
}

export interface Rewritten {
  readonly env: Readonly<Record<string, string>>;
  /** Variables left out because they name a server which is not ours, with how they called it. */
  readonly foreign: readonly { readonly name: string; readonly value: string }[];
}

const HOST_ENDS = ['HOST', 'HOSTNAME', 'SERVER'];
const PORT_ENDS = ['PORT'];
const DATABASE_ENDS = ['DATABASE', 'DB_NAME', 'DBNAME', 'DB', 'NAME'];
const STORE_KEY = /^(PG|POSTGRES|MYSQL|MARIADB|DB|DATABASE|SQL|REDIS|VALKEY|CACHE)/;

/**
 * The environment of a compose test service as templates of our services: `test-db:5432` becomes `${test-db.host}:${test-db.port}`.
 * What names a database or cache that is not in the file is left out: it may be somebody's real one.
 */
export function rewriteAddresses(
  environment: Readonly<Record<string, string>>,
  targets: readonly Target[],
  registry: Registry,
): Rewritten {
  const env: Record<string, string> = {};
  const foreign: { name: string; value: string }[] = [];
  for (const [name, value] of Object.entries(environment)) {
    const template = rewriteValue(value, targets) ?? rewritePart(name, value, environment, targets);
    if (template !== undefined) env[name] = template;
    else if (
      kindOfUrl(value, registry) !== undefined ||
      (HOST_ENDS.some((end) => withoutEnd(name, end) !== undefined) && STORE_KEY.test(name) && value !== '')
    )
      foreign.push({ name, value });
    else env[name] = asLiteral(value);
  }
  return { env, foreign };
}

/** A value that holds one of our hosts, rewritten; undefined when it holds none. */
function rewriteValue(value: string, targets: readonly Target[]): string | undefined {
  const owner = targets.find(({ hosts }) => hosts.includes(value));
  if (owner) return field(owner, 'host');
  let found = false;
  const names = targets.flatMap(({ hosts }) => hosts).sort((a, b) => b.length - a.length);
  if (names.length === 0) return undefined;
  const pattern = new RegExp(`(^|://|[@,;=/\\s])(${names.map(quote).join('|')})(?::(\\d+))?(?=$|[/?#,;\\s])(/[^?#,\\s]*)?`, 'g');
  const text = asLiteral(value).replace(pattern, (match, before: string, host: string, port: string | undefined, rest = '') => {
    const target = targets.find(({ hosts }) => hosts.includes(host));
    if (!target || (port === undefined && before !== '://' && before !== '@')) return match;
    found = true;
    const database =
      target.database !== undefined && rest === `/${asLiteral(target.database)}` ? `/${field(target, 'database')}` : rest;
    const address =
      port !== undefined && Number(port) !== target.port
        ? `${field(target, 'host')}:${port}`
        : `${field(target, 'host')}:${field(target, 'port')}`;
    return `${before}${address}${database}`;
  });
  return found ? text : undefined;
}

/** `DB_PORT` and `DB_NAME` beside a `DB_HOST` that is ours. */
function rewritePart(
  name: string,
  value: string,
  environment: Readonly<Record<string, string>>,
  targets: readonly Target[],
): string | undefined {
  const prefixes = [...PORT_ENDS, ...DATABASE_ENDS].flatMap((end) => withoutEnd(name, end) ?? []);
  const beside = Object.entries(environment).filter(([key]) => {
    const prefix = HOST_ENDS.map((end) => withoutEnd(key, end)).find((each) => each !== undefined);
    return prefix !== undefined && prefixes.includes(prefix);
  });
  const target = targets.find(({ hosts }) => beside.some(([, host]) => hosts.includes(host)));
  if (!target) return undefined;
  if (PORT_ENDS.some((end) => name.endsWith(end))) return Number(value) === target.port ? field(target, 'port') : undefined;
  return value === target.database ? field(target, 'database') : undefined;
}

/** `APP_DB` of `APP_DB_PORT` and `PORT`; undefined when the name does not end so. */
function withoutEnd(name: string, end: string): string | undefined {
  if (name === end || name === `PG${end}`) return name.slice(0, -end.length);
  return name.endsWith(`_${end}`) ? name.slice(0, -end.length - 1) : undefined;
}

function field(target: Target, name: string): string {
  return `\${${target.name}.${name}}`;
}

/** A literal `$` in a template. */
function asLiteral(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function quote(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
