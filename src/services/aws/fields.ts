import type { ConnectionFields } from '../../core/connection.ts';
import type { AwsSettings } from './options.ts';

/** The account of the session, on the port that the program is started with. */
export const MAIN_ACCOUNT = 'main';
const ACCOUNT_ID = '000000000000';

export interface AwsTarget {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly services: AwsSettings['services'];
  /** Where a test can look inside: the program's control socket, and the name of the account there. */
  readonly control?: string | undefined;
  readonly account?: string | undefined;
}

/** Signatures are not checked: any key would do. */
export function toFields({ host, port, region, services, control, account }: AwsTarget): ConnectionFields {
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    host,
    port: String(port),
    region,
    accessKeyId: 'test',
    secretAccessKey: 'test',
    accountId: ACCOUNT_ID,
    services: services.join(' '),
    ...(control && account ? { control, account } : {}),
  };
}

/** The names that the SDKs, the command line and Spring Cloud AWS read. */
export function toEnvironment(fields: ConnectionFields): Readonly<Record<string, string>> {
  const { url, region = '', accessKeyId = '', secretAccessKey = '', services = '' } = fields;
  const endpoints = services.split(' ').map((service) => [`AWS_ENDPOINT_URL_${service.toUpperCase()}`, url]);
  return {
    AWS_ENDPOINT_URL: url,
    ...Object.fromEntries(endpoints),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true', // else a client without credentials looks for them in the network
    AWS_S3_FORCE_PATH_STYLE: 'true', // read by apps, not by the SDKs, which see that the host is an address
    SPRING_CLOUD_AWS_ENDPOINT: url,
    SPRING_CLOUD_AWS_REGION_STATIC: region,
    SPRING_CLOUD_AWS_CREDENTIALS_ACCESS_KEY: accessKeyId,
    SPRING_CLOUD_AWS_CREDENTIALS_SECRET_KEY: secretAccessKey,
    SPRING_CLOUD_AWS_S3_PATH_STYLE_ACCESS_ENABLED: 'true',
  };
}
