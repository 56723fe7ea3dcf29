import { SeatrialError } from '../../errors.ts';
import { formatBytes } from '../../util/format.ts';
import { readAll } from './client.ts';
import type { Engine } from './connect.ts';
import { registryAuth } from './credentials.ts';
import { parseReference } from './reference.ts';

interface PullLine {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
}

const TELL_EVERY_MS = 1_000;

/** Pulls an image by the engine, which knows its mirrors, with the login that `docker login` has left. */
export async function pullImage(
  engine: Engine,
  image: string,
  { signal, progress }: { readonly signal: AbortSignal; progress(line: string): void },
): Promise<void> {
  const { name, tag, ...reference } = parseReference(image);
  const registry = reference.registry ?? (await defaultRegistry(engine, signal));
  progress(`pulling ${image} by ${engine.title}`);
  const response = await engine.open('POST', '/images/create', {
    query: { fromImage: name, tag },
    headers: await registryAuth(registry, signal),
    signal,
  });
  if (response.statusCode !== 200) {
    const text = await readAll(response);
    throw pullError(image, registry, engine, messageIn(text));
  }
  const layers = new Map<string, { current: number; total: number }>();
  let toldAt = performance.now();
  let rest = '';
  response.setEncoding('utf8');
  for await (const part of response) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      const line = parseLine(text);
      if (line?.error) throw pullError(image, registry, engine, line.error);
      const { current, total } = line?.progressDetail ?? {};
      if (line?.id && line.status === 'Downloading' && total) layers.set(line.id, { current: current ?? 0, total });
    }
    if (performance.now() - toldAt < TELL_EVERY_MS || layers.size === 0) continue;
    toldAt = performance.now();
    const sum = (key: 'current' | 'total') => [...layers.values()].reduce((all, layer) => all + layer[key], 0);
    progress(`pulling ${image}: ${formatBytes(sum('current'))} of ${formatBytes(sum('total'))}`);
  }
}

/** Which one the engine asks for images that name none, as it stands in Docker's configuration of credentials. */
async function defaultRegistry(engine: Engine, signal: AbortSignal): Promise<string> {
  const { IndexServerAddress } = await engine.call<{ IndexServerAddress?: string }>('GET', '/info', { signal });
  return IndexServerAddress ?? '';
}

/** `pull: never`, and the image is not there. */
export function notPulled(image: string, engine: Engine): SeatrialError {
  return new SeatrialError(
    'SEATRIAL_IMAGE_UNAVAILABLE',
    `${engine.title} has no image ${image}, and \`pull: never\` forbids to pull it`,
    {
      hint: `\`docker pull ${image}\`, or take \`pull: never\` away`,
      details: { image },
    },
  );
}

function pullError(image: string, registry: string, engine: Engine, reason: string): SeatrialError {
  return new SeatrialError('SEATRIAL_IMAGE_UNAVAILABLE', `${engine.title} has no image ${image} and can't pull it: ${reason}`, {
    hint: hintFor(reason, image, registry),
    details: { image, registry, reason },
  });
}

function hintFor(reason: string, image: string, registry: string): string {
  if (/unauthorized|denied|authentication|no basic auth|forbidden|401|403/i.test(reason))
    return `log in by \`docker login ${registry}\`, and check the name of the image`;
  if (/manifest unknown|not found|does not exist/i.test(reason)) return 'check the name and the tag of the image';
  if (/toomanyrequests|rate limit/i.test(reason)) return 'the registry limits pulls: log in by `docker login`, or use a mirror';
  return `this machine does not reach the registry: \`docker pull ${image}\` where it does and \`docker load\` it here, set up a mirror in the engine, or put \`embedded\` first in \`drivers\``;
}

function parseLine(text: string): PullLine | undefined {
  try {
    return JSON.parse(text) as PullLine;
  } catch {
    return undefined;
  }
}

function messageIn(text: string): string {
  return String((parseLine(text) as { message?: string } | undefined)?.message ?? text).trim();
}
