import { fileURLToPath } from 'node:url';

const PRELOAD = new URL('./preload.mjs', import.meta.url).href;
const PYTHON_SOURCES = fileURLToPath(new URL('../../clients/python/src', import.meta.url));
const PYTEST_PLUGIN = 'pytest_seatrial.plugin';

/** The variables that make test workers lease by themselves, for isolations above `run`; what `env` has of them is kept. */
export function createInjection(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return {
    NODE_OPTIONS: join(' ', env.NODE_OPTIONS, `--import=${PRELOAD}`),
    PYTHONPATH: join(':', PYTHON_SOURCES, env.PYTHONPATH),
    PYTEST_PLUGINS: join(',', env.PYTEST_PLUGINS, PYTEST_PLUGIN),
  };
}

/** Once each: a run inside a run injects over what the outer one did. */
function join(separator: string, ...parts: readonly (string | undefined)[]): string {
  return [...new Set(parts.flatMap((part) => part?.split(separator) ?? []).filter(Boolean))].join(separator);
}
