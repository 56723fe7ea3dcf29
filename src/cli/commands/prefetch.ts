import { SeatrialError } from '../../errors.ts';
import { readConfig, type ServiceFlags } from '../options.ts';
import { planFor } from '../plan-for.ts';
import { listenForStop } from '../stop-signals.ts';

/** `seatrial prefetch [ARTIFACT...]`: what the project's plan needs when nothing is named; every build when there is no project. */
export async function prefetch(keys: readonly string[], flags: ServiceFlags & { readonly lock?: boolean }): Promise<void> {
  const { prefetch: fill } = await import('../../artifacts/prefetch.ts');
  const config = await readConfig(flags);
  const planned = keys.length > 0 ? [] : (await planFor(config)).services;
  const wanted =
    keys.length > 0
      ? keys.map((key) => ({ key: assertKey(key), version: undefined }))
      : planned.flatMap(({ spec, driver }) =>
          driver === 'embedded' && spec.kind === 'binary' ? [{ key: spec.artifact, version: spec.version }] : [],
        );
  using stop = listenForStop();
  const filled = await fill({
    wanted,
    overrides: config.artifacts,
    cwd: config.project.root,
    lock: flags.lock ?? false,
    signal: stop.signal,
    progress: (line) => process.stderr.write(`seatrial ${line}\n`),
  }).catch((error: unknown) => {
    if (!stop.explains()) throw error;
  });
  if (!filled) return;
  const { builds, lockFile } = filled;
  if (flags.json) process.stdout.write(`${JSON.stringify({ builds, lockFile: lockFile ?? null })}\n`);
  else process.stdout.write(`${builds.length} server builds are in the cache${lockFile ? `, pinned in ${lockFile}` : ''}\n`);
}

function assertKey(key: string): string {
  if (/^[a-z0-9-]+@[0-9][0-9.]*$/.test(key)) return key;
  throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${key} is not the key of a server build`, {
    hint: 'keys look like postgres@18 or valkey@9',
  });
}
