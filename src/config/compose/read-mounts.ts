import os from 'node:os';
import path from 'node:path';
import { isObject } from '../check-shape.ts';
import type { ComposeFile, RawService } from './compose-file.ts';

export interface Mount {
  /** Absolute; undefined for a named or anonymous volume. */
  readonly source: string | undefined;
  readonly target: string;
}

/** `volumes:` in short and long form, and `configs:` that are files. */
export function readMounts(service: RawService, compose: ComposeFile): readonly Mount[] {
  return [service.keys.volumes ?? []].flat().flatMap((item): Mount[] => {
    if (isObject(item)) {
      if (item.type === 'tmpfs' || typeof item.target !== 'string') return [];
      const source =
        item.type === 'bind' && typeof item.source === 'string' ? resolveSource(item.source, compose.folder) : undefined;
      return [{ source, target: item.target }];
    }
    const [first = '', second] = String(item).split(':');
    if (second === undefined) return [{ source: undefined, target: first }];
    return [{ source: /^[./~]/.test(first) ? resolveSource(first, compose.folder) : undefined, target: second }];
  });
}

function resolveSource(source: string, folder: string): string {
  return path.resolve(folder, source.replace(/^~(?=\/|$)/, os.homedir()));
}
