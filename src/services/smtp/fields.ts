import path from 'node:path';
import type { ConnectionFields } from '../../core/connection.ts';
import type { SmtpSettings } from './options.ts';

/** That of the session, on the port that the program is started with. */
export const MAIN_MAILBOX = 'main';

export interface SmtpTarget {
  readonly host: string;
  readonly port: number;
  readonly login: SmtpSettings['login'];
  readonly starttls?: boolean;
  /** Where the mails can be looked at: the program's control socket, and the name of the mailbox there. */
  readonly control?: string | undefined;
  readonly mailbox?: string | undefined;
}

/** Beside the control socket: the certificate that clients may trust. */
export function certificateFile(control: string): string {
  return path.join(path.dirname(control), 'certificate.pem');
}

export function toFields({ host, port, login, starttls, control, mailbox }: SmtpTarget): ConnectionFields {
  const user = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@` : '';
  return {
    url: `smtp://${user}${host.includes(':') ? `[${host}]` : host}:${port}`,
    host,
    port: String(port),
    user: login?.user ?? '',
    password: login?.password ?? '',
    ...(control && mailbox ? { control, mailbox } : {}),
    ...(control && starttls ? { certificate: certificateFile(control) } : {}),
  };
}

/** The names that clients, frameworks and hand-written scripts read. */
export function toEnvironment({ url, host, port, user, password }: ConnectionFields): Readonly<Record<string, string>> {
  return {
    SMTP_URL: url,
    SMTP_HOST: host,
    SMTP_PORT: port,
    MAIL_HOST: host,
    MAIL_SERVER: host, // Flask-Mail, fastapi-mail
    MAIL_PORT: port,
    EMAIL_HOST: host, // Django
    EMAIL_PORT: port,
    SPRING_MAIL_HOST: host,
    SPRING_MAIL_PORT: port,
    ...(user && password
      ? {
          SMTP_USER: user,
          SMTP_PASSWORD: password,
          MAIL_USERNAME: user,
          MAIL_PASSWORD: password,
          EMAIL_HOST_USER: user,
          EMAIL_HOST_PASSWORD: password,
          SPRING_MAIL_USERNAME: user,
          SPRING_MAIL_PASSWORD: password,
        }
      : {}),
  };
}
