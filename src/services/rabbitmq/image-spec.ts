import type { ImageSpec } from '../../core/image-spec.ts';
import { conf, type RabbitmqSettings } from './options.ts';
import { instanceProperty } from './ready.ts';

/** The official image. It serves whole runs: what makes virtual hosts and takes them back is not in it. */
export function rabbitmqImage(version: string | undefined, settings: RabbitmqSettings): ImageSpec {
  const { user, password, vhost, plugins } = settings;
  const files = [
    { path: '/etc/rabbitmq/conf.d/90-seatrial.conf', content: conf(settings) },
    { path: '/etc/rabbitmq/enabled_plugins', content: `[${plugins.join(',')}].\n` },
  ];
  return {
    kind: 'image',
    image: `rabbitmq:${version ?? '3'}`,
    version,
    versionOf: ({ env }) => env.RABBITMQ_VERSION,
    ports: [5672],
    container: ({ nonce }) => ({
      env: {
        RABBITMQ_DEFAULT_USER: user,
        RABBITMQ_DEFAULT_PASS: password,
        RABBITMQ_DEFAULT_VHOST: vhost,
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-rabbit server_properties ${instanceProperty(nonce)}`, // split at spaces, not unquoted
      },
      tmpfs: ['/var/lib/rabbitmq'],
      files,
    }),
  };
}
