import nodemailer, { type SendMailOptions } from 'nodemailer';
import type { ConnectionFields } from '../../src/core/connection.ts';
import type { Inspector, Message } from '../../src/core/inspect.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

export function smtpSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: ['SMTP_URL', 'SMTP_HOST', 'SMTP_PORT', 'MAIL_HOST', 'MAIL_PORT', 'EMAIL_HOST', 'EMAIL_PORT', 'SPRING_MAIL_HOST'],
    write: async (fields, key) => void (await sendMail(fields, { to: `${key}@example.com`, subject: key, text: key })),
    has: async (fields, key) => (await messagesOf(service, fields, `${key}@example.com`)).length > 0,
  };
}

/** Sends a mail as an app would, by what the fields say. */
export async function sendMail({ url }: Pick<ConnectionFields, 'url'>, mail: SendMailOptions) {
  const transport = nodemailer.createTransport(url, { from: 'shop@example.com' });
  try {
    return await transport.sendMail(mail);
  } finally {
    transport.close();
  }
}

export async function openInspectorOf(service: ConfiguredService, fields: ConnectionFields): Promise<Inspector> {
  if (!service.inspect) throw new Error(`${service.title} can't be looked into`);
  return service.inspect.open(fields);
}

export async function messagesOf(
  service: ConfiguredService,
  fields: ConnectionFields,
  source: string,
): Promise<readonly Message[]> {
  const inspector = await openInspectorOf(service, fields);
  try {
    return await inspector.messages(source);
  } finally {
    await inspector[Symbol.asyncDispose]();
  }
}
