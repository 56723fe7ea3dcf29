import type { Note } from '../core/config.ts';
import type { Json } from '../core/json.ts';
import type { Plan, PlannedService } from '../core/plan.ts';
import { redact } from '../errors.ts';
import { formatBytes } from '../util/format.ts';
import { quoteWord } from '../util/words.ts';

const SECRET_NAME = /PASS|SECRET|TOKEN|KEY|CREDENTIAL/i;

/** For people: a line a service, what differs from the official image below it, then the command and the notes. */
export function renderPlan(plan: Plan): string {
  const { config, services, notes } = plan;
  const rows = services.map((service) => [
    service.config.name,
    service.product,
    service.driver,
    `from ${service.origin}${versionRemark(service)}${fixedPort(service)}${download(service)}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.flatMap((row, index) => [
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
    ...details(services[index]).map((line) => `    ${line}`),
  ]);
  if (services.length === 0) lines.push('no services: neither a configuration, a compose file nor a manifest asks for one');
  lines.push(commandLine(plan), ...notes.map(noteLine));
  return [`project ${config.project.name}, services from ${config.source}`, ...lines].map(redact).join('\n');
}

/** For programs: the same decisions; no password in it. */
export function planToJson(plan: Plan): Json {
  const { config, services, notes } = plan;
  return redactAll({
    project: { name: config.project.name, root: config.project.root },
    source: config.source,
    services: services.map((service) => ({
      name: service.config.name,
      kind: service.config.kind,
      title: service.configured.title,
      asked: service.config.version ?? null,
      image: service.config.image ?? null,
      version: service.version,
      driver: service.driver,
      why: service.why,
      present: service.present,
      downloadBytes: service.present ? 0 : (service.downloadBytes ?? null),
      port: service.config.port ?? null,
      url: service.config.url ?? null,
      origin: service.origin,
      migrate: service.config.migrate.map(stepText),
      seed: service.config.seed.map(stepText),
      init: service.config.init,
      deviations: service.deviations,
    })),
    test: {
      command: config.test.command ?? null,
      cwd: config.test.cwd,
      isolation: config.test.isolation,
      origin: config.test.origin,
    },
    env: Object.fromEntries(Object.entries(config.env).map(([name, value]) => [name, SECRET_NAME.test(name) ? '***' : value])),
    notes: notes.map(({ kind, text, origin }) => ({ kind, text, origin })),
  });
}

function redactAll(value: Json): Json {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactAll);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactAll(inner)]));
}

function versionRemark({ config }: PlannedService): string {
  if (config.image !== undefined) return ` (image ${config.image})`;
  return config.version === undefined && config.url === undefined ? ' (default version)' : '';
}

function fixedPort({ config }: PlannedService): string {
  return config.port === undefined ? '' : `, port ${config.port}`;
}

function download({ present, downloadBytes }: PlannedService): string {
  if (present) return '';
  return downloadBytes === undefined ? '  [to be downloaded]' : `  [downloads ${formatBytes(downloadBytes)}]`;
}

function details(service: PlannedService | undefined): readonly string[] {
  if (!service) return [];
  const { config, why, deviations } = service;
  const steps = [
    ...config.migrate.map((step) => `migrate: ${stepText(step)}`),
    ...config.seed.map((step) => `seed: ${stepText(step)}`),
  ];
  return [why, ...config.init.map((file) => `init: ${file}`), ...steps, ...deviations.map((line) => `differs: ${line}`)];
}

function stepText(step: PlannedService['config']['migrate'][number]): string {
  return step.kind === 'sql' ? step.path : step.argv.map((word) => (step.shell ? word : quoteWord(word))).join(' ');
}

function commandLine({ config: { test } }: Plan): string {
  const command = test.command === undefined ? 'no command: give one after --' : test.command.map(quoteWord).join(' ');
  return `test: ${command}  (isolation ${test.isolation}${test.command === undefined ? '' : `, from ${test.origin}`})`;
}

function noteLine({ kind, text }: Note): string {
  return `${kind}: ${text}`;
}
