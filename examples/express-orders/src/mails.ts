import type { Redis } from 'ioredis';

export const MAIL_STREAM = 'mails';

/** Puts a mail on the queue; src/mailer.ts reads it from there. */
export async function queueMail(redis: Redis, mail: { readonly to: string; readonly template: string }): Promise<void> {
  await redis.xadd(MAIL_STREAM, '*', 'to', mail.to, 'template', mail.template);
}
