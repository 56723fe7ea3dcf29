import type { Note, ServiceConfig } from '../../core/config.ts';
import type { Registry } from '../../core/registry.ts';
import { kindOfImage, parseImage, versionOfTag } from '../image-reference.ts';
import { emptyService } from '../infer/infer-services.ts';
import { SERVICE_NAME } from '../parse-services.ts';
import type { SourceDocument } from '../source-document.ts';
import { activeServices } from './active-services.ts';
import { commandOf } from './command-of.ts';
import { type ComposeFile, openCompose, type RawService } from './compose-file.ts';
import { readDockerfile } from './read-dockerfile.ts';
import { readEnvironment } from './read-environment.ts';
import { readMounts } from './read-mounts.ts';
import { type ComposeTest, readTestService } from './read-test-service.ts';
import type { Target } from './rewrite-addresses.ts';
import { testCommandOf } from './test-command-of.ts';

export interface ComposeReading {
  readonly services: readonly ServiceConfig[];
  /** The service that is the test command. */
  readonly test: ComposeTest | undefined;
  readonly notes: readonly Note[];
}

/** Keys of a compose service that need nothing from us: either we do better, or they are about containers only. */
const SETTLED = new Set(
  (
    'image environment env_file ports expose command volumes tmpfs shm_size depends_on healthcheck profiles extends container_name hostname restart networks ' +
    'labels logging platform pull_policy stop_grace_period stop_signal init user mem_limit mem_reservation cpus cpu_shares deploy ulimits secrets ' +
    'build read_only security_opt cap_add cap_drop stdin_open tty attach annotations develop scale oom_score_adj'
  ).split(' '),
);

/** Images of a compose file that we know become services without Docker; what can't be honoured becomes a note of one line. */
export async function readCompose(document: SourceDocument, registry: Registry, env: NodeJS.ProcessEnv): Promise<ComposeReading> {
  const compose = openCompose(document, env);
  const active = activeServices(compose, env);
  const services: ServiceConfig[] = [];
  const targets: Target[] = [];
  const others: RawService[] = [];
  const tests: RawService[] = [];
  for (const name of active) {
    const raw = compose.service(name);
    const image = imageOf(raw, compose);
    const kind = image === undefined ? undefined : kindOfImage(parseImage(image).repository, registry);
    if (testCommandOf(raw, compose)) tests.push(raw);
    else if (image === undefined || kind === undefined) others.push(raw);
    else {
      const { service, target } = await readKnown(raw, { kind, image, compose, registry, env });
      services.push(service);
      targets.push(target);
    }
  }
  const [first, ...moreTests] = tests;
  const test = first && readTestService(first, { compose, targets, registry, env });
  for (const { name } of moreTests) {
    const origin = `${document.label} (service ${name})`;
    compose.notes.push({ kind: 'ignored', text: `${name}: not run, ${first?.name} is the test command`, origin });
  }
  for (const service of others) compose.notes.push(ignoredService(service, document));
  return { services, test, notes: compose.notes };
}

/** The image that is named, or the one that a Dockerfile starts from. */
function imageOf(raw: RawService, compose: ComposeFile): string | undefined {
  const dockerfile = readDockerfile(raw, compose);
  if (dockerfile) return dockerfile.from;
  return typeof raw.keys.image === 'string' ? raw.keys.image : undefined;
}

interface Context {
  readonly kind: string;
  readonly image: string;
  readonly compose: ComposeFile;
  readonly registry: Registry;
  readonly env: NodeJS.ProcessEnv;
}

async function readKnown(
  raw: RawService,
  { kind, image, compose, registry, env }: Context,
): Promise<{ service: ServiceConfig; target: Target }> {
  const definition = await registry.services[kind]?.load();
  if (!definition) throw new TypeError(`no definition of ${kind}`);
  const origin = `${compose.document.label} (service ${raw.name})`;
  const name = SERVICE_NAME.test(raw.name) ? raw.name : raw.name.replace(/[^A-Za-z0-9_-]/g, '-');
  const note = (text: string) => compose.notes.push({ kind: 'ignored', text: `${name}: ${text}`, origin });
  const { tag } = parseImage(image);
  const environment = readEnvironment(raw, compose, env);
  for (const file of environment.missingFiles) note(`env_file ${file} is not there`);
  const command = commandOf({ ...raw, keys: { ...raw.keys, entrypoint: undefined } });
  const reading = definition.fromCompose({
    name: raw.name,
    tag,
    environment: environment.values,
    command,
    mounts: readMounts(raw, compose),
  });
  if (raw.keys.build !== undefined) note(`its Dockerfile is not built, only ${image} of it is used`);
  for (const text of reading.notes) note(text);
  for (const text of unhonoured(raw, name, definition.defaultPort)) note(text);
  const service: ServiceConfig = {
    ...emptyService(name, kind, origin),
    version: versionOfTag(tag),
    image,
    composeName: raw.name,
    options: reading.options,
    init: reading.init,
  };
  const { database } = reading.options;
  return {
    service,
    target: {
      name,
      hosts: hostsOf(raw),
      port: definition.defaultPort,
      database: typeof database === 'string' ? database : undefined,
    },
  };
}

/** Fixed ports, custom health checks, and keys that nothing here stands for. */
function unhonoured(raw: RawService, name: string, defaultPort: number): readonly string[] {
  const texts: string[] = [];
  const published = [raw.keys.ports ?? []].flat().flatMap((port) => publishedPort(port) ?? []);
  const [fixed] = published;
  if (fixed !== undefined)
    texts.push(`the fixed port ${fixed} is not taken, a free one is; \`--port ${name}=${fixed}\` keeps it`);
  const check = JSON.stringify((raw.keys.healthcheck as { test?: unknown } | undefined)?.test ?? '');
  if (check !== '""' && !/pg_isready|redis-cli|valkey-cli|ping|NONE|psql/i.test(check))
    texts.push(
      `its own healthcheck is not run; it counts as ready when it has answered a login and a query on port ${defaultPort}`,
    );
  const base = raw.keys.extends as { file?: unknown } | string | undefined;
  if (typeof base === 'object' && base?.file !== undefined) texts.push(`what it extends in ${base.file} is not read`);
  const rest = Object.keys(raw.keys).filter((key) => !SETTLED.has(key) && !key.startsWith('x-'));
  if (rest.length > 0)
    texts.push(`${rest.join(', ')} ${rest.length === 1 ? 'is' : 'are'} not honoured: it runs as a process, not in a container`);
  return texts;
}

/** The fixed host port of `5433:5432`, `127.0.0.1:5433:5432/tcp` or the long form. */
function publishedPort(port: unknown): number | undefined {
  if (typeof port === 'object' && port !== null) return Number((port as { published?: unknown }).published) || undefined;
  const parts = String(port)
    .replace(/\/(tcp|udp)$/, '')
    .split(':');
  return parts.length > 1 ? Number(parts.at(-2)) || undefined : undefined;
}

function hostsOf(raw: RawService): readonly string[] {
  const networks = typeof raw.keys.networks === 'object' && raw.keys.networks !== null ? Object.values(raw.keys.networks) : [];
  const aliases = networks.flatMap((network) => (network as { aliases?: unknown } | null)?.aliases ?? []);
  return [raw.name, raw.keys.container_name, raw.keys.hostname, ...aliases].filter(
    (host): host is string => typeof host === 'string',
  );
}

function ignoredService(service: RawService, document: SourceDocument): Note {
  const { build, image } = service.keys;
  const why =
    build !== undefined
      ? 'an app to build, which this version does not start'
      : typeof image === 'string'
        ? `the image ${image} is of no kind that Seatrial knows; declare it in seatrial.yaml, with its ports, to run it in a container`
        : 'neither image nor build';
  return { kind: 'ignored', text: `${service.name}: ${why}`, origin: `${document.label} (service ${service.name})` };
}
