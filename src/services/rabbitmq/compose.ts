import type { Json } from '../../core/json.ts';
import type { ComposeReading, ComposeService } from '../../core/service.ts';

/** Reads a compose service on the official image or on Bitnami's. Without variables, the image has guest, guest and `/`. */
export function fromCompose({ environment, command, mounts, tag }: ComposeService): ComposeReading {
  const read = (...names: readonly string[]) => names.map((name) => environment[name]).find((value) => value);
  const notes: string[] = [];
  const init: string[] = [];
  const options: Record<string, Json> = {
    user: read('RABBITMQ_DEFAULT_USER', 'RABBITMQ_USERNAME') ?? 'guest',
    password: read('RABBITMQ_DEFAULT_PASS', 'RABBITMQ_PASSWORD') ?? 'guest',
    vhost: read('RABBITMQ_DEFAULT_VHOST', 'RABBITMQ_VHOST') ?? '/',
  };
  for (const name of ['RABBITMQ_DEFAULT_USER_FILE', 'RABBITMQ_DEFAULT_PASS_FILE'])
    if (environment[name]) notes.push(`${name} is not read: set \`user\` and \`password\``);
  const plugins = (environment.RABBITMQ_PLUGINS ?? '').split(/[\s,;]+/).filter(Boolean);
  if (plugins.length > 0) options.plugins = plugins;
  if (/management/.test(tag))
    notes.push(
      'the management plug-in of the image is not started: put `rabbitmq_management` under `plugins` if the app asks it',
    );
  if (command.length > 0 && !/^rabbitmq-server$/.test(command.join(' ')))
    notes.push(`the command ${JSON.stringify(command.join(' '))} is not honoured`);
  for (const { source, target } of mounts) {
    if (/definitions[^/]*\.json$/.test(target) && source !== undefined) init.push(source);
    else if (/^\/(?:var\/lib\/rabbitmq|bitnami)/.test(target))
      notes.push(`the data volume at ${target} is not used: each run gets fresh data`);
    else notes.push(`the mount at ${target} is not used${/\.conf$/.test(target) ? ': put what matters under `settings`' : ''}`);
  }
  return { options, init, notes };
}
