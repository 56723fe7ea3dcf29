import { DRIVER_NAMES } from '../core/driver.ts';
import { ISOLATIONS } from '../core/isolation.ts';
import type { OptionSpec } from '../core/service.ts';
import { type ObjectShape, oneOrMore, type Shape } from './shape.ts';

/** Keys of features that this version does not have: read, and said to be ignored. */
export const LATER_KEYS = ['app', 'smoke', 'audit', 'load', 'contract', 'report'] as const;

const TEXT: Shape = { type: 'string' };
const PATHS = oneOrMore(TEXT, 'a path or a list of paths');
const COMMAND = oneOrMore(TEXT, 'a command as text or as a list of words', 'Text is split into words without a shell.');
const DRIVERS: Shape = {
  type: 'list',
  of: { type: 'string', oneOf: DRIVER_NAMES },
  description: 'Drivers in order of preference.',
};
const PORT: Shape = { type: 'integer', min: 1, max: 65535, description: 'A fixed port; without it any free one.' };

const STEP: Shape = {
  type: 'object',
  keys: {
    sql: { ...TEXT, description: 'An SQL file, or a folder of them.' },
    command: COMMAND,
    cwd: { ...TEXT, description: 'Folder to run in, relative to this file.' },
    inputs: {
      type: 'list',
      of: TEXT,
      description:
        'Files and folders that the result depends on: with them the migrated data directory is kept for the next run.',
    },
    shell: { type: 'boolean', description: 'Run the command by /bin/sh -c; values reach it by environment only.' },
  },
  exactlyOne: ['sql', 'command'],
};
const ONE_STEP: Shape = { type: 'either', of: [TEXT, STEP], expected: 'a command, an SQL file, or a step with sql or command' };
const STEPS = oneOrMore(ONE_STEP, 'a command, an SQL file or folder, or a list of steps');

/** As Docker writes sizes. */
const MEMORY = /^\d+(?:\.\d+)?\s*[kmg]b?$/i;

/** The keys that every service has, whatever its kind. */
export const SERVICE_KEYS: Readonly<Record<string, Shape>> = {
  use: { ...TEXT, description: 'Kind and version: postgres@18, redis.' },
  image: {
    ...TEXT,
    description:
      'A container image: postgres:16. One of a kind that Seatrial knows runs without Docker too; beside `use` it is that very image, in a container.',
  },
  url: { ...TEXT, description: `A server that runs already; \${env.NAME} takes it from the environment.` },
  drivers: DRIVERS,
  port: PORT,
  init: { ...PATHS, description: 'Scripts, or folders of them, to run once on the new server, in name order.' },
  migrate: {
    ...STEPS,
    description: 'Makes the schema: a command such as `alembic upgrade head`, an SQL file or folder, or steps.',
  },
  seed: { ...STEPS, description: 'Fills it, after `migrate`.' },
  pull: {
    type: 'string',
    oneOf: ['missing', 'never'],
    description: 'Whether an image that this machine lacks is pulled; default: it is.',
  },
  memory: {
    type: 'string',
    pattern: MEMORY,
    expected: 'a size such as 512m or 2g',
    description: 'The most memory that its container may use.',
  },
  gateway: {
    type: 'boolean',
    description: 'For an app that never stops writing: each lease gets an address that holds it while a test is taken back.',
  },
  allowReset: { type: 'boolean', description: 'Allow destructive statements on a server that Seatrial did not start.' },
};

/** A service of a known kind: the common keys and the options of the kind. */
export function serviceShape(options: Readonly<Record<string, OptionSpec>>): ObjectShape {
  const own = Object.entries(options).map(([name, option]): [string, Shape] => [name, optionShape(option)]);
  return { type: 'object', keys: { ...SERVICE_KEYS, ...Object.fromEntries(own) } };
}

/** The file as a whole; what stands in a service is checked by `serviceShape` when its kind is known. */
export const CONFIG_SHAPE: ObjectShape = {
  type: 'object',
  keys: {
    $schema: { ...TEXT, description: 'The JSON Schema of this file, for editors.' },
    project: { ...TEXT, description: 'Name of the project; default: the one in its manifest.' },
    services: {
      type: 'map',
      description: 'The services by name.',
      of: {
        type: 'either',
        of: [TEXT, { type: 'map', of: { type: 'any' } }],
        expected: 'a kind such as postgres@18, or keys such as use, image or url',
      },
    },
    test: {
      type: 'object',
      description: 'The test command and how far its workers are kept apart.',
      keys: {
        command: COMMAND,
        isolation: {
          type: 'string',
          oneOf: ISOLATIONS,
          description:
            'run: one state for the whole run; worker: each worker has its own; rewind: each test too, by an undo log; database: by a clone; schema, transaction, truncate: see the isolation guide.',
        },
        cwd: { ...TEXT, description: 'Folder to run in, relative to this file.' },
        onReset: COMMAND,
      },
    },
    env: {
      type: 'map',
      of: { type: 'scalar' },
      description: `Environment of the command; values may hold templates such as \${db.url}.`,
    },
    envFiles: {
      type: 'list',
      description: 'Files to write for frameworks which read one; removed again at the end of the run.',
      of: {
        type: 'either',
        expected: 'a path, or path, format and values',
        of: [
          TEXT,
          {
            type: 'object',
            keys: {
              path: TEXT,
              format: { type: 'string', oneOf: ['dotenv', 'json'] },
              values: { type: 'map', of: { type: 'scalar' } },
            },
            exactlyOne: ['path'],
          },
        ],
      },
    },
    drivers: DRIVERS,
    ports: { type: 'map', of: PORT, description: 'Fixed ports by service name.' },
    artifacts: {
      type: 'map',
      description: "A company's own server builds, by artifact key such as postgres@18.",
      of: {
        type: 'either',
        expected: 'a path, or path and sha256',
        of: [
          TEXT,
          {
            type: 'object',
            keys: { path: TEXT, sha256: { type: 'string', pattern: /^[0-9a-f]{64}$/i, expected: '64 hexadecimal digits' } },
            exactlyOne: ['path'],
          },
        ],
      },
    },
    idle: {
      type: 'either',
      of: [
        { type: 'string', pattern: /^\d+\s*(ms|s|m|min|h|d)$/, expected: 'a time such as 30m or 8h' },
        { type: 'integer', min: 1 },
      ],
      expected: 'a time such as 30m or 8h, or milliseconds',
      description: 'Ends an unused session of `services start`.',
    },
    ...Object.fromEntries(
      LATER_KEYS.map((key) => [key, { type: 'any', description: 'Not used by this version.' } satisfies Shape]),
    ),
  },
};

function optionShape(option: OptionSpec): Shape {
  const { description } = option;
  switch (option.type) {
    case 'string':
      return { type: 'scalar', description };
    case 'strings':
      return oneOrMore({ type: 'scalar' }, 'text or a list of texts', description);
    case 'map':
      return { type: 'map', of: { type: 'any' }, description };
    default:
      return { type: option.type, description };
  }
}
