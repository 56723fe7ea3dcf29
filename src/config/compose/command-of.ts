import { splitWords } from '../../util/words.ts';
import type { RawService } from './compose-file.ts';

/** Entry point and command of a service as words; empty when the image's own are used. */
export function commandOf(service: RawService): readonly string[] {
  return [...toWords(service.keys.entrypoint), ...toWords(service.keys.command)];
}

function toWords(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== 'string') return [];
  try {
    return splitWords(value);
  } catch {
    return value.trim().split(/\s+/);
  }
}
