import type { Json } from '../../core/json.ts';
import type { ComposeReading, ComposeService } from '../../core/service.ts';
import { RESERVED_SETTINGS } from './reserved-settings.ts';

const SERVERS = /^(?:redis-server|valkey-server|docker-entrypoint\.sh)$/;

/** Reads a compose service on the official Redis or Valkey image, or on Bitnami's. */
export function fromCompose(service: ComposeService): ComposeReading {
  const notes: string[] = [];
  const settings: Record<string, string> = {};
  const { REDIS_PASSWORD, VALKEY_PASSWORD } = service.environment;
  let password = REDIS_PASSWORD || VALKEY_PASSWORD;
  for (const { name, values } of readFlags(service.command, notes)) {
    const value = values.join(' ');
    if (name === 'requirepass') password = value;
    else if (PERSISTENCE.includes(name))
      notes.push(`--${name} ${value}`.trim().concat(' is not honoured: nothing is written to disk'));
    else if (RESERVED_SETTINGS.includes(name))
      notes.push(`--${name} ${value}`.trim().concat(' is not honoured: Seatrial chooses it'));
    else settings[name] = value;
  }
  for (const { target } of service.mounts) {
    if (/^\/(?:data|bitnami)/.test(target)) notes.push(`the data volume at ${target} is not used: each run gets fresh data`);
    else notes.push(`the mount at ${target} is not used${target.endsWith('.conf') ? ': put what matters under `settings`' : ''}`);
  }
  const options: Record<string, Json> = {};
  if (password) options.password = password;
  if (Object.keys(settings).length > 0) options.settings = settings;
  return { options, init: [], notes };
}

const PERSISTENCE = ['save', 'appendonly', 'appendfsync', 'dbfilename', 'appendfilename'];

function readFlags(command: readonly string[], notes: string[]): readonly { name: string; values: string[] }[] {
  const flags: { name: string; values: string[] }[] = [];
  for (const word of command) {
    const last = flags.at(-1);
    if (word.startsWith('--')) flags.push({ name: word.slice(2).toLowerCase(), values: [] });
    else if (last) last.values.push(word);
    else if (word.endsWith('.conf')) notes.push(`the file ${word} is not read: put what matters under \`settings\``);
    else if (!SERVERS.test(word)) notes.push(`the command word ${JSON.stringify(word)} is not honoured`);
  }
  return flags;
}
