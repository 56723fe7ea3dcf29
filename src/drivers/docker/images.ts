import type { ImageFacts, ImageSpec } from '../../core/image-spec.ts';
import { EngineError } from './client.ts';
import type { Engine } from './connect.ts';
import { parseReference } from './reference.ts';

interface ImageInspection {
  readonly Config?: { readonly Env?: readonly string[] | null; readonly Labels?: Readonly<Record<string, string>> | null };
}

/** What the engine's copy of an image says of itself; undefined when it has none. */
export async function inspectImage(engine: Engine, image: string, signal?: AbortSignal): Promise<ImageFacts | undefined> {
  try {
    const { Config } = await engine.call<ImageInspection>('GET', `/images/${encodeURI(image)}/json`, { signal });
    const env = (Config?.Env ?? []).map((line): [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    });
    return { env: Object.fromEntries(env), labels: Config?.Labels ?? {}, tag: parseReference(image).tag };
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return undefined;
    throw error;
  }
}

/** The version that will run: as the image says where it is there, else as its tag does. */
export function versionOf(spec: ImageSpec, facts: ImageFacts | undefined): string | undefined {
  const inTag = /^v?(\d+(?:\.\d+)*)/.exec(parseReference(spec.image).tag)?.[1];
  const said = facts && (spec.versionOf ? spec.versionOf(facts) : facts.labels['org.opencontainers.image.version']);
  return /\d+(?:\.\d+)*/.exec(said ?? '')?.[0] ?? inTag;
}
