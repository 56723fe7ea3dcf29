import fs from 'node:fs';
import path from 'node:path';
import { runCommand } from '../../util/platform/run-command.ts';
import type { CarrierClient } from '../download.ts';
import { parsePart, toPart } from '../parts.ts';

/**
 * Maven with the user's settings, which name mirrors, proxies and the local repository: what that holds is not fetched again. The pom is one of
 * ours, in the empty folder: it names each jar exactly and nothing that a jar depends on, so nothing is resolved and no project is built.
 */
export const maven: CarrierClient = {
  name: 'mvn',
  async download({ entry, file, folder, cwd, signal }) {
    const jars = file.parts?.map(parsePart) ?? [toPart(`${file.package}:${entry.packageVersion}`)];
    const program = findMaven(cwd);
    if (program === undefined) return { command: 'mvn dependency:copy-dependencies', ok: false, output: '', why: NO_MAVEN };
    const pom = path.join(folder, 'pom.xml');
    fs.writeFileSync(pom, toPom(jars));
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
    const command = `${path.basename(program)} dependency:copy-dependencies`;
    try {
      // -U: that a jar was not there some hours ago is remembered in the local repository
      const result = await runCommand(program, ['-B', '-q', '-U', '-f', pom, ...goal], { cwd: folder, signal });
      fs.rmSync(pom);
      const output = `${result.stdout}\n${result.stderr}`;
      if (result.exitCode === 0) return { command, ok: true, output };
      const missing = [
        ...new Set(
          [...output.matchAll(/Could not find artifact ([^\s:]+:[^\s:]+):jar:(\S+)/g)].map(
            ([, name, version]) => `${name} ${version}`,
          ),
        ),
      ];
      if (missing.length === 0) return { command, ok: false, output };
      const of = jars.length > missing.length ? ` of its ${jars.length} jars` : '';
      const why = `it is not whole in the repository that Maven asks${of}: ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`;
      return { command, ok: false, output, why };
    } catch (error) {
      signal.throwIfAborted();
      return { command, ok: false, output: `${program} could not be started: ${(error as Error).message}` };
    }
  },
};

export const NO_MAVEN = 'neither mvn on PATH nor mvnw in the project is there: install Maven';

/** `mvn` on PATH, else the project's wrapper in `cwd` or above. */
export function findMaven(cwd: string): string | undefined {
  const onPath = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const above: string[] = [];
  for (let here = path.resolve(cwd); ; here = path.dirname(here)) {
    above.push(here);
    if (here === path.dirname(here) || fs.existsSync(path.join(here, '.git'))) break;
  }
  return [...onPath.map((folder) => path.join(folder, 'mvn')), ...above.map((folder) => path.join(folder, 'mvnw'))].find(
    isExecutable,
  );
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function toPom(jars: readonly { readonly group: string; readonly artifact: string; readonly version: string }[]): string {
  const dependencies = jars.map(
    ({ group, artifact, version }) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>` +
      '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>',
  );
  return (
    '<project><modelVersion>4.0.0</modelVersion><groupId>seatrial</groupId><artifactId>fetched</artifactId><version>1</version>' +
    `<dependencies>${dependencies.join('')}</dependencies></project>\n`
  );
}
