import { createTransport } from 'nodemailer';
import { seatrial } from 'seatrial/vitest';
import { describe, expect, test } from 'vitest';
import { sendQueuedMails } from '../../src/mailer.ts';
import { MAIL_STREAM } from '../../src/mails.ts';
import { useBackend } from '../helpers/backend.ts';
import { createUser, GRACE } from '../helpers/factories.ts';
import { UNDER_SEATRIAL } from '../helpers/integration.ts';

describe.runIf(UNDER_SEATRIAL)('A3: the mail of a registration in the mailbox (skipped without `seatrial run`)', () => {
  const backend = useBackend();
  const send = () => sendQueuedMails(backend.redis, createTransport(process.env.SMTP_URL));

  // Twice: the mailbox is empty again.
  test.for([1, 2])('one welcome mail, however often the queue is worked off: attempt %i', async () => {
    await createUser(backend);
    await send();
    await send();

    const mail = await seatrial.expectMessage('mail', GRACE.email, { subject: /^Welcome/ });
    expect(mail.details?.from).toContain('orders@example.test');
    expect(mail.details?.links).toEqual(['https://orders.example.test/products']);
    expect(await seatrial.messages('mail', '*')).toHaveLength(1);
    expect(await backend.redis.xlen(MAIL_STREAM)).toBe(0);
  });

  test('a mail that the server refuses stays in the queue', async () => {
    await createUser(backend, { email: 'nobody@bounce.example.test' });
    await expect(send()).rejects.toThrow(/550/);
    expect(await backend.redis.xlen(MAIL_STREAM)).toBe(1);
    expect(await seatrial.messages('mail', '*')).toEqual([]);
  });
});
