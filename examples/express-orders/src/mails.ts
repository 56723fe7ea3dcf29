import type { Redis } from 'ioredis';

export const MAIL_STREAM = 'mails';

/** Puts a mail on the queue; a mailer that is not part of this service reads it from there. */
export async function queueMail(redis: Redis, mail: { readonly to: string; readonly template: string }): Promise<void> {
  await redis.xadd(MAIL_STREAM, '*', 'to', mail.to, 'template', mail.template);
}
