import type { Redis } from 'ioredis';
import type { Transporter } from 'nodemailer';
import { MAIL_STREAM } from './mails.ts';

const FROM = 'Orders <orders@example.test>';
const TEMPLATES: Readonly<Record<string, { readonly subject: string; readonly text: string }>> = {
  welcome: {
    subject: 'Welcome aboard',
    text: 'Your account is there. Choose your first rope: https://orders.example.test/products\n',
  },
};

/** Sends what is queued, the oldest first. A mail leaves the queue when the server has taken it, so that a failure here loses none. */
export async function sendQueuedMails(redis: Redis, transport: Pick<Transporter, 'sendMail'>): Promise<void> {
  for (const [id, fields] of await redis.xrange(MAIL_STREAM, '-', '+')) {
    const [, to, , template = ''] = fields;
    await transport.sendMail({ from: FROM, to, ...TEMPLATES[template] });
    await redis.xdel(MAIL_STREAM, id);
  }
}
