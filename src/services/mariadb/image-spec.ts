import type { ImageFacts, ImageSpec } from '../../core/image-spec.ts';
import { initFiles } from '../../core/init-files.ts';
import { accountStatements } from './accounts.ts';
import type { Flavor } from './flavor.ts';
import { characterSettings } from './mysql-layer.ts';
import type { MariadbSettings } from './options.ts';
import { INSTANCE_SETTING } from './ready.ts';
import { scriptsIn } from './scripts-in.ts';
import { serverSettings, toArguments } from './server-settings.ts';

const DEFAULT_TAGS: Readonly<Record<Flavor, string>> = { mariadb: '11', mysql: '8.4' };

/** The official image of MariaDB or MySQL, or one that keeps its contract: environment, init folder, entry point. */
export function mariadbImage(
  flavor: Flavor,
  asked: string | undefined,
  settings: MariadbSettings,
  init: readonly string[],
): ImageSpec {
  const prefix = flavor === 'mysql' ? 'MYSQL' : 'MARIADB';
  return {
    kind: 'image',
    image: `${flavor}:${asked ?? DEFAULT_TAGS[flavor]}`,
    version: asked,
    versionOf: ({ env }: ImageFacts) => /\d+\.\d+\.\d+/.exec(env[`${prefix}_VERSION`] ?? '')?.[0],
    ports: [3306],
    container: ({ version, nonce }) => ({
      env: {
        TZ: 'UTC',
        [`${prefix}_ROOT_PASSWORD`]: settings.rootPassword,
        [`${prefix}_DATABASE`]: settings.database,
        ...(settings.timeZones ? {} : { [`${prefix}_INITDB_SKIP_TZINFO`]: '1' }),
      },
      args: toArguments({
        ...serverSettings(flavor, version ?? DEFAULT_TAGS[flavor], settings.settings),
        ...characterSettings(settings),
        [INSTANCE_SETTING]: nonce,
      }),
      tmpfs: ['/var/lib/mysql'],
      files: initFiles(
        accountStatements(settings)
          .map((statement) => `${statement};\n`)
          .join(''),
        init.flatMap(scriptsIn),
      ),
    }),
  };
}
