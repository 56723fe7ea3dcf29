import type { Json } from '../../core/json.ts';
import type { ComposeReading, ComposeService } from '../../core/service.ts';

const VALUED: Readonly<Record<string, 'user' | 'password' | 'token' | undefined>> = {
  user: 'user',
  pass: 'password',
  auth: 'token',
};
/** Flags whose value, or which themselves, mean nothing for a server that is made for tests. */
const WITH_VALUE =
  /^(?:a|addr|net|p|port|n|name|server_name|P|pid|m|http_port|ms|https_port|c|config|sd|store_dir|l|log|routes|cluster|cluster_name|cluster_listen)$/;
const SILENT = /^(?:js|jetstream|sd|store_dir|D|V|VV|DV|DVV|T|debug|trace|a|addr|net|p|port|n|name|server_name)$/;

/** Reads a compose service on the official image. */
export function fromCompose({ command, environment: _, mounts }: ComposeService): ComposeReading {
  const options: Record<string, Json> = {};
  const notes: string[] = [];
  const words = command.flatMap((word) => (/^--?\w+=/.test(word) ? splitOnce(word) : [word]));
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    const name = /^--?(\w+)$/.exec(word)?.[1];
    const option = name === undefined ? undefined : VALUED[name];
    if (name === undefined) {
      if (!/^(?:nats-server|docker-entrypoint\.sh)$/.test(word))
        notes.push(`the command word ${JSON.stringify(word)} is not honoured`);
    } else if (option) {
      options[option] = words[++index] ?? '';
    } else {
      const value = WITH_VALUE.test(name) ? words[++index] : undefined;
      if (name === 'm' || name === 'http_port') notes.push('the monitoring port is not opened');
      else if (name === 'c' || name === 'config')
        notes.push(`the file ${value} is not read: put what matters under \`settings\``);
      else if (!SILENT.test(name)) notes.push(`${word}${value === undefined ? '' : ` ${value}`} is not honoured`);
    }
  }
  for (const { target } of mounts)
    notes.push(
      target.endsWith('.conf')
        ? `the mount at ${target} is not used: put what matters under \`settings\``
        : `the mount at ${target} is not used: each run gets fresh data`,
    );
  return { options, init: [], notes };
}

function splitOnce(word: string): readonly string[] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}
