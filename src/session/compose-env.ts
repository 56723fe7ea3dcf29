import type { ResolvedConfig } from '../core/config.ts';
import type { ConnectionFields } from '../core/connection.ts';
import type { PlannedService } from '../core/plan.ts';
import { SeatrialError } from '../errors.ts';
import { fillTemplate } from '../util/template.ts';
import { toVariable } from '../util/variable-name.ts';

export interface EnvInputs {
  readonly config: ResolvedConfig;
  readonly services: readonly PlannedService[];
  /** By service name; a service that is not there yet has none, and its variables are left away. */
  readonly fields: Readonly<Record<string, ConnectionFields>>;
  readonly runId: string;
}

/**
 * The environment that a command gets from us, later ones winning: what the ecosystem expects for each kind, `DB_URL` and the like by service
 * name, what teams script by hand (scenario R12), the configuration's `env:`. Where two services have the same kind, the first one named
 * in the configuration has the ecosystem's names.
 */
export function composeEnv(inputs: EnvInputs): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { config, configured } of inputs.services) {
    const fields = inputs.fields[config.name];
    if (!fields) continue;
    for (const [name, value] of Object.entries(configured.env(fields))) env[name] ??= value;
  }
  for (const { config } of inputs.services) {
    const fields = inputs.fields[config.name];
    if (!fields) continue;
    const prefix = toVariable(config.name);
    for (const [field, value] of Object.entries(fields)) env[`${prefix}_${toVariable(field)}`] = value;
  }
  Object.assign(env, scriptedNames(inputs), { RUN_INTEGRATION_TESTS: 'true' });
  return Object.assign(env, fillTemplates(withoutPending(inputs), inputs));
}

/** Templates that need a service which is not up yet, or which another session serves, are left away: a migration sees what there is. */
function withoutPending({ config, fields }: EnvInputs): Record<string, string> {
  const isPending = (template: string) =>
    [...template.replaceAll('$$', '').matchAll(/\$\{\s*([^}.\s]+)\./g)].some(([, name]) => fields[name ?? ''] === undefined);
  return Object.fromEntries(Object.entries(config.env).filter(([, template]) => !isPending(template)));
}

/** Values with `${db.url}` and the like filled in. */
export function fillTemplates(
  values: Readonly<Record<string, string>>,
  inputs: Pick<EnvInputs, 'fields' | 'config'>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, template]) => [name, fillOne(name, template, inputs)]));
}

/** `<project>-<service>-test-<run id>` (scenario R4). */
export function instanceName(project: string, service: string, runId: string): string {
  return `${project}-${service}-test-${runId}`;
}

function scriptedNames({ config, services, fields, runId }: EnvInputs): Record<string, string> {
  const prefix = toVariable(config.project.name);
  const isDatabase = ({ config: { name }, configured }: PlannedService) =>
    fields[name] !== undefined && 'TEST_DB_URL' in configured.env(fields[name]);
  const database = services.find(isDatabase);
  const at = database && fields[database.config.name];
  return {
    SEATRIAL_INJECTED: runId, // so that a later run in the same shell knows these for ours
    [`${prefix}_TEST_RUN_ID`]: runId,
    ...(database && at
      ? {
          [`${prefix}_TEST_CONTAINER`]: config.containerName ?? instanceName(config.project.name, database.config.name, runId),
          [`${prefix}_TEST_DB_HOST`]: at.host,
          [`${prefix}_TEST_DB_PORT`]: at.port,
          [`${prefix}_TEST_DB_USER`]: at.user ?? '',
          [`${prefix}_TEST_DB_PASS`]: at.password ?? '',
          [`${prefix}_TEST_DB_NAME`]: at.database ?? '',
        }
      : {}),
  };
}

function fillOne(variable: string, template: string, { fields, config }: Pick<EnvInputs, 'fields' | 'config'>): string {
  const lookUp = (name: string) => {
    const dot = name.indexOf('.');
    if (name === 'project') return config.project.name;
    return dot === -1 ? undefined : fields[name.slice(0, dot)]?.[name.slice(dot + 1)];
  };
  return fillTemplate(template, lookUp, (name) => {
    const known = Object.entries(fields).flatMap(([service, values]) =>
      Object.keys(values).map((field) => `${service}.${field}`),
    );
    throw new SeatrialError('SEATRIAL_CONFIG_INVALID', `env: ${variable} uses \${${name}}, which no started service has`, {
      hint: known.length > 0 ? `known names: ${known.join(', ')}` : 'no service is started',
      details: { variable, name, known },
    });
  });
}
