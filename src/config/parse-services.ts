import path from 'node:path';
import type { ServiceConfig } from '../core/config.ts';
import type { Json } from '../core/json.ts';
import type { Registry } from '../core/registry.ts';
import type { OptionSpec } from '../core/service.ts';
import { fillTemplate } from '../util/template.ts';
import { checkShape } from './check-shape.ts';
import { SERVICE_KEYS, serviceShape } from './config-shape.ts';
import type { ServiceInput } from './define-config.ts';
import { kindOfImage, parseImage, versionOfTag } from './image-reference.ts';
import { kindOfUrl } from './kind-of-url.ts';
import { parseBytes } from './parse-bytes.ts';
import { parseSteps } from './parse-steps.ts';
import { parseUse } from './parse-use.ts';
import { invalidConfig, type Problem } from './problem.ts';
import { originOf, type Path, type SourceDocument } from './source-document.ts';

/** A service name becomes part of variable names, templates and database names. */
export const SERVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** The `services:` of a configuration file whose outline has been checked. */
export async function parseServices(
  document: SourceDocument,
  registry: Registry,
  env: NodeJS.ProcessEnv,
): Promise<readonly ServiceConfig[]> {
  const inputs = (document.value as { services?: Readonly<Record<string, string | ServiceInput>> }).services ?? {};
  const problems: Problem[] = [];
  const services: ServiceConfig[] = [];
  for (const [name, input] of Object.entries(inputs)) {
    const service = await parseService(name, input, { document, registry, env, problems });
    if (service) services.push(service);
  }
  if (problems.length > 0) throw invalidConfig(document, problems);
  return services;
}

interface Context {
  readonly document: SourceDocument;
  readonly registry: Registry;
  readonly env: NodeJS.ProcessEnv;
  readonly problems: Problem[];
}

async function parseService(name: string, given: string | ServiceInput, context: Context): Promise<ServiceConfig | undefined> {
  const { document, problems } = context;
  const at: Path = ['services', name];
  const input: ServiceInput = typeof given === 'string' ? { use: given } : given;
  if (!SERVICE_NAME.test(name)) {
    problems.push({ path: at, at: 'key', message: 'expected a name of letters, digits, _ and -' });
    return undefined;
  }
  const what = whatIsIt(name, input, at, context);
  if (!what) return undefined;
  const options = await optionsOf(what.kind, context.registry);
  const found = options ? checkShape(input, serviceShape(options), at) : [];
  problems.push(...found);
  if (found.length > 0) return undefined;
  const folder = path.dirname(document.file);
  try {
    const stepsAt = (key: 'migrate' | 'seed') => parseSteps(input[key], { folder, origin: originOf(document, [...at, key]) });
    return {
      name,
      ...what,
      origin: originOf(document, at),
      composeName: undefined,
      drivers: input.drivers ?? (input.use !== undefined && input.image !== undefined ? ['docker'] : undefined),
      port: input.port,
      url: input.url === undefined ? undefined : fillFromEnvironment(input.url, [...at, 'url'], context),
      allowReset: input.allowReset ?? false,
      ...(input.gateway ? { gateway: true } : {}),
      ...(input.pull || input.memory
        ? { container: { pull: input.pull ?? 'missing', memoryBytes: input.memory ? parseBytes(input.memory) : undefined } }
        : {}),
      options: ownOptions(input, options ?? {}),
      init: [input.init ?? []].flat().map((file) => path.resolve(folder, file)),
      migrate: stepsAt('migrate'),
      seed: stepsAt('seed'),
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    problems.push({ path: at, at: 'value', message: error.message });
    return undefined;
  }
}

type What = Pick<ServiceConfig, 'kind' | 'version' | 'image'>;

/** By `use`, else by image, else by the scheme of the URL, else by a name that is a kind. */
function whatIsIt(name: string, input: ServiceInput, at: Path, context: Context): What | undefined {
  const { registry, problems } = context;
  const misshapen = checkShape(input, { type: 'object', keys: { ...anyKeys(input), ...pick('use', 'image', 'url') } }, at);
  problems.push(...misshapen);
  if (misshapen.length > 0) return undefined;
  if (input.use !== undefined) {
    const use = parseUse(input.use);
    if (input.image === undefined) return use;
    return { kind: use.kind, version: use.version ?? versionOfTag(parseImage(input.image).tag), image: input.image };
  }
  if (input.image !== undefined) {
    const { repository, tag } = parseImage(input.image);
    return { kind: kindOfImage(repository, registry) ?? 'container', version: versionOfTag(tag), image: input.image };
  }
  const kind =
    (input.url === undefined ? undefined : kindOfUrl(fillFromEnvironment(input.url, [...at, 'url'], context), registry)) ??
    (name in registry.services ? name : undefined);
  if (kind) return { kind, version: undefined };
  // A mistyped `use` is why nothing says the kind: without one, a key that is near it can't be an option.
  const mistyped = checkShape(input, { type: 'object', keys: pick('use', 'image', 'url') }, at).filter(
    (problem) => problem.nearest !== undefined && !Object.hasOwn(SERVICE_KEYS, String(problem.path.at(-1))),
  );
  if (mistyped.length > 0) {
    problems.push(...mistyped);
    return undefined;
  }
  const expected = `use, with one of ${Object.keys(registry.services).join(', ')}`;
  problems.push({ path: at, at: 'key', message: `which kind of service is this? expected ${expected}`, expected });
  return undefined;
}

function anyKeys(input: ServiceInput) {
  return Object.fromEntries(Object.keys(input).map((key) => [key, { type: 'any' } as const]));
}

function pick(...names: readonly string[]) {
  return Object.fromEntries(names.flatMap((name) => (SERVICE_KEYS[name] ? [[name, SERVICE_KEYS[name]]] : [])));
}

/** Undefined for an unknown kind: the plan names it, with what exists. */
async function optionsOf(kind: string, registry: Registry): Promise<Readonly<Record<string, OptionSpec>> | undefined> {
  const entry = Object.hasOwn(registry.services, kind) ? registry.services[kind] : undefined;
  return entry && (await entry.load()).options;
}

/** One text is a list of one where the option is a list. */
function ownOptions(input: ServiceInput, specs: Readonly<Record<string, OptionSpec>>): Readonly<Record<string, Json>> {
  const own = Object.entries(input).filter(([key, value]) => !(key in SERVICE_KEYS) && value !== undefined);
  const values = own.map(([key, value]) => [key, specs[key]?.type === 'strings' && !Array.isArray(value) ? [value] : value]);
  return Object.fromEntries(values) as Readonly<Record<string, Json>>;
}

/** An address may be taken from the environment, but only by a variable that the configuration names. */
function fillFromEnvironment(text: string, at: Path, { document, env }: Context): string {
  return fillTemplate(
    text,
    (name) => (name.startsWith('env.') ? env[name.slice(4)] : undefined),
    (name) => {
      const message = name.startsWith('env.')
        ? `the environment variable ${name.slice(4)} is not set`
        : `\${${name}} is not known here, expected a name such as \${env.DATABASE_URL}`;
      throw invalidConfig(document, [{ path: at, at: 'value', message }]);
    },
  );
}
