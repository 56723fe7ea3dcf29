import type { Json } from '../../core/json.ts';
import type { ComposeReading, ComposeService } from '../../core/service.ts';

const SHORT: Readonly<Record<string, string>> = {
  m: 'memory-limit',
  I: 'max-item-size',
  c: 'conn-limit',
  t: 'threads',
  R: 'max-reqs-per-event',
  o: 'extended',
};
const LONG = /^(?:memory-limit|max-item-size|conn-limit|threads|max-reqs-per-event|extended|slab-growth-factor|slab-min-size)$/;
/** Those that choose an address or say more mean nothing here. */
const SILENT = /^(?:v+|p|l|U|u|port|listen|udp-port|user|verbose)$/;
const WITH_VALUE = /^(?:p|l|U|u|s|a|P|f|n|D|b|B|Y|e|port|listen|udp-port|user)$/;

/** Reads a compose service on the official image. */
export function fromCompose({ command, mounts }: ComposeService): ComposeReading {
  const settings: Record<string, Json> = {};
  const notes: string[] = [];
  for (let index = 0; index < command.length; index++) {
    const word = command[index] as string;
    const [, name = '', inline] = /^--?([A-Za-z-]+)(?:=(.*))?$/.exec(word) ?? /^-([A-Za-z])(.+)$/.exec(word) ?? [];
    const setting = SHORT[name] ?? (LONG.test(name) ? name : undefined);
    const value = inline ?? (setting || WITH_VALUE.test(name) ? command[++index] : undefined);
    if (setting) settings[setting] = value ?? '';
    else if (!SILENT.test(name) && !/^(?:memcached|docker-entrypoint\.sh)$/.test(word))
      notes.push(`${[word, inline === undefined ? value : undefined].filter(Boolean).join(' ')} is not honoured`);
  }
  for (const { target } of mounts) notes.push(`the mount at ${target} is not used`);
  return { options: Object.keys(settings).length > 0 ? { settings } : {}, init: [], notes };
}
