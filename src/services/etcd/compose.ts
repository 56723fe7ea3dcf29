import type { Json } from '../../core/json.ts';
import type { ComposeReading, ComposeService } from '../../core/service.ts';

const SETTING =
  /^(?:quota-backend-bytes|max-request-bytes|auto-compaction-(?:retention|mode)|snapshot-count|enable-v2|max-concurrent-streams)$/;
/** Addresses, names and folders are Seatrial's. */
const SILENT =
  /^(?:name|data-dir|wal-dir|listen-.*|advertise-.*|initial-.*|log-.*|logger|debug|heartbeat-interval|election-timeout)$/;

/** Reads a compose service on the image of the project, or on Bitnami's: flags, or variables of the same names. */
export function fromCompose({ command, environment, mounts }: ComposeService): ComposeReading {
  const settings: Record<string, Json> = {};
  const notes: string[] = [];
  const take = (name: string, value: string, said: string) => {
    if (SETTING.test(name)) settings[name] = value;
    else if (!SILENT.test(name)) notes.push(`${said} is not honoured`);
  };
  for (const [variable, value] of Object.entries(environment)) {
    const name = /^ETCD_([A-Z0-9_]+)$/.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-');
    if (name) take(name, value, variable);
  }
  for (let index = 0; index < command.length; index++) {
    const word = command[index] as string;
    const [, name, inline] = /^--?([a-z][a-z0-9-]+)(?:=(.*))?$/.exec(word) ?? [];
    if (name === undefined) {
      if (!/(?:^|\/)etcd$/.test(word)) notes.push(`the command word ${JSON.stringify(word)} is not honoured`);
      continue;
    }
    const follows = command[index + 1];
    const value = inline ?? (follows !== undefined && !follows.startsWith('-') ? command[++index] : undefined);
    take(name, value ?? 'true', [`--${name}`, value].filter(Boolean).join(' '));
  }
  for (const { target } of mounts) notes.push(`the mount at ${target} is not used: each run gets fresh data`);
  return { options: Object.keys(settings).length > 0 ? { settings } : {}, init: [], notes };
}
