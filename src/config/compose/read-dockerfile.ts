import fs from 'node:fs';
import path from 'node:path';
import { readTextIfThere } from '../../util/read-if-there.ts';
import { splitWords } from '../../util/words.ts';
import { isObject } from '../check-shape.ts';
import type { ComposeFile, RawService } from './compose-file.ts';

/** What the Dockerfile of a `build:` says of the image that would come out. */
export interface Dockerfile {
  /** Folder that is built. */
  readonly context: string;
  /** The image that the built stage starts from. */
  readonly from: string | undefined;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** Undefined when the service builds nothing; a Dockerfile that can't be read tells nothing. */
export function readDockerfile(service: RawService, compose: ComposeFile): Dockerfile | undefined {
  const { build } = service.keys;
  if (build === undefined || build === null) return undefined;
  const keys = isObject(build) ? build : { context: build };
  const given = typeof keys.context === 'string' ? path.resolve(compose.folder, keys.context) : compose.folder;
  const context = fs.existsSync(given) ? given : compose.folder;
  const text =
    typeof keys.dockerfile_inline === 'string'
      ? keys.dockerfile_inline
      : (readTextIfThere(path.resolve(context, typeof keys.dockerfile === 'string' ? keys.dockerfile : 'Dockerfile')) ?? '');
  const stages = parseStages(text);
  const stage = stages.find(({ name }) => name === keys.target) ?? stages.at(-1);
  if (!stage) return { context, from: undefined, entrypoint: [], command: [] };
  const origin = (image: string, depth = 0): string => {
    const earlier = stages.find(({ name }) => name === image);
    return earlier && depth < stages.length ? origin(earlier.from, depth + 1) : image;
  };
  return { context, from: origin(stage.from), entrypoint: stage.entrypoint, command: stage.command };
}

interface Stage {
  readonly from: string;
  readonly name: string | undefined;
  entrypoint: readonly string[];
  command: readonly string[];
}

function parseStages(text: string): readonly Stage[] {
  const stages: Stage[] = [];
  for (const line of text.replace(/\\\r?\n/g, ' ').split('\n')) {
    const [, word = '', rest = ''] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
    const keyword = word.toUpperCase();
    const stage = stages.at(-1);
    if (keyword === 'FROM') {
      const [from = '', , name] = rest.split(/\s+/).filter((part) => !part.startsWith('--'));
      stages.push({ from, name, entrypoint: [], command: [] });
    } else if (keyword === 'ENTRYPOINT' && stage) stage.entrypoint = toWords(rest);
    else if (keyword === 'CMD' && stage) stage.command = toWords(rest);
  }
  return stages;
}

function toWords(text: string): readonly string[] {
  try {
    return text.startsWith('[') ? (JSON.parse(text) as readonly unknown[]).map(String) : splitWords(text);
  } catch {
    return text.split(/\s+/);
  }
}
