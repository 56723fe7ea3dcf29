import type { Json } from '../../core/json.ts';
import type { ComposeReading, ComposeService } from '../../core/service.ts';

/** Reads a compose service on the images of MailHog, Mailpit, MailDev and the like. */
export function fromCompose({ environment, command, mounts }: ComposeService): ComposeReading {
  const options: Record<string, Json> = {};
  const notes = ['only its SMTP port is served: mails are looked at through Seatrial, not on a web page'];
  const { MAILDEV_INCOMING_USER, MAILDEV_INCOMING_PASS, MP_SMTP_AUTH, MP_SMTP_AUTH_FILE, MP_SMTP_TLS_CERT } = environment;
  const [user, password] = MP_SMTP_AUTH?.split(/:(.*)/) ?? [MAILDEV_INCOMING_USER, MAILDEV_INCOMING_PASS];
  if (user && password) Object.assign(options, { user, password });
  if (MP_SMTP_AUTH_FILE) notes.push('MP_SMTP_AUTH_FILE is not read: put `user` and `password` into the configuration');
  if (MP_SMTP_TLS_CERT) options.starttls = true;
  if (command.length > 0) notes.push(`the command ${JSON.stringify(command.join(' '))} is not honoured`);
  for (const { target } of mounts) notes.push(`the mount at ${target} is not used: each run begins with no mails`);
  return { options, init: [], notes };
}
