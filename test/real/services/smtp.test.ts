import fs from 'node:fs';
import nodemailer from 'nodemailer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { smtp } from '../../../src/services/smtp/index.ts';
import { makeSelfSigned } from '../../../src/util/self-signed.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { findSpec, launchService, startConfigured, toRequest } from '../../helpers/launch-service.ts';
import { messagesOf, openInspectorOf, sendMail, smtpSubject } from '../../helpers/smtp-subject.ts';

const driver = createEmbeddedDriver(createFetcher({}));
const service = smtp.configure(toRequest({ options: { reject: ['bounce@*'], defer: ['later@example.com'], maxSize: 50_000 } }));
const found = await findSpec(driver, service);
if ('why' in found) throw new Error(found.why);

describeService(
  'SMTP, embedded',
  smtpSubject(service, () => launchService(driver, service, found.spec)),
  (server) => {
    const main = () => service.fields(server().endpoint);

    it('keeps a mail with its headers, texts, attachments, links and codes', async () => {
      await sendMail(main(), {
        from: '"Größe & Co" <shop@example.com>',
        to: ['Anna <anna@example.com>', 'ben@example.com'],
        cc: 'cc@example.com',
        bcc: 'hidden@example.com',
        subject: 'Bestätigung №7',
        text: 'Your code is 482913. Order 1234567, 123456.78 EUR, see https://shop.example.com/orders/654321.',
        html: '<a href="https://shop.example.com/confirm?token=a&amp;b=1">confirm</a>',
        attachments: [{ filename: 'rechnung ä.pdf', content: Buffer.from([0, 1, 2, 255]), contentType: 'application/pdf' }],
        headers: { 'X-Order': '7' },
      });
      const [mail] = await messagesOf(service, main(), 'hidden@example.com');
      expect(mail).toMatchObject({
        source: 'hidden@example.com',
        headers: { 'x-order': '7', from: expect.stringContaining('shop@example.com') },
        details: {
          envelope: {
            from: 'shop@example.com',
            to: ['anna@example.com', 'ben@example.com', 'cc@example.com', 'hidden@example.com'],
          },
          from: 'shop@example.com',
          to: ['anna@example.com', 'ben@example.com'],
          cc: ['cc@example.com'],
          subject: 'Bestätigung №7',
          links: ['https://shop.example.com/confirm?token=a&b=1', 'https://shop.example.com/orders/654321'],
          codes: ['482913'],
          attachments: [{ filename: 'rechnung ä.pdf', contentType: 'application/pdf', bytes: 4, content: 'AAEC/w==' }],
        },
      });
      expect(Buffer.from(mail?.body ?? []).toString()).toMatch(/^X-Order: 7\r\n/m);
      expect(await messagesOf(service, main(), 'ANNA@example.com')).toHaveLength(1);
      expect(await messagesOf(service, main(), 'nobody@example.com')).toEqual([]);
      const [one] = await messagesOf(service, main(), '*');
      expect(Date.parse(one?.at ?? '')).toBeGreaterThan(0);
    });

    it('finds the code in a mail that has HTML only', async () => {
      const html = '<style>p { color: #123456 }</style><p>Code: <b>009871</b><img alt="555666"></p>';
      await sendMail(main(), { to: 'html@example.com', subject: 'code', html });
      const [mail] = await messagesOf(service, main(), 'html@example.com');
      expect(mail?.details).toMatchObject({ codes: ['009871'], text: '' });
    });

    it('refuses the recipients and the sizes that it was told to refuse', async () => {
      const codeOf = (mail: object) =>
        sendMail(main(), { subject: 'x', text: 'x', ...mail }).then(
          () => 'sent',
          (error: { responseCode: number }) => error.responseCode,
        );
      expect(await codeOf({ to: 'Bounce@example.org' })).toBe(550);
      expect(await codeOf({ to: 'later@example.com' })).toBe(451);
      expect(await codeOf({ to: 'big@example.com', text: 'x\n'.repeat(30_000) })).toBe(552);
      expect(await messagesOf(service, main(), 'big@example.com')).toEqual([]);
      const info = await sendMail(main(), { to: ['bounce@example.org', 'some@example.com'], subject: 'x', text: 'x' });
      expect([info.accepted, info.rejected]).toEqual([['some@example.com'], ['bounce@example.org']]);
    });

    it('takes any login where none is asked for', async () => {
      const { host, port } = main();
      const transport = nodemailer.createTransport({ host, port: Number(port), auth: { user: 'who', pass: 'ever' } });
      await transport.sendMail({ from: 'a@example.com', to: 'login@example.com', text: 'x' });
      transport.close();
      expect(await messagesOf(service, main(), 'login@example.com')).toHaveLength(1);
    });

    it('tells who waits that a mail has come, and lets go of who gives up', async () => {
      const inspector = await openInspectorOf(service, main());
      onTestFinished(() => inspector[Symbol.asyncDispose]());
      expect(await inspector.messages('waited@example.com')).toEqual([]);
      await inspector.messages('other@example.com');
      const coming = inspector.changed('waited@example.com', AbortSignal.timeout(10_000));
      await sendMail(main(), { to: 'waited@example.com', text: 'x' });
      await coming;
      expect(await inspector.messages('waited@example.com')).toHaveLength(1);
      await inspector.changed('other@example.com', AbortSignal.timeout(10_000)); // something came since: it may have been that
      const patience = AbortSignal.timeout(20);
      await inspector.changed('waited@example.com', patience);
      expect(patience.aborted, 'nothing has come').toBe(true);
      expect(await inspector.sources()).toContainEqual({ name: 'waited@example.com', kind: 'mailbox' });
    });

    it('survives clients that go away in the middle of a mail', async () => {
      const { host, port } = main();
      const transport = nodemailer.createTransport({ host, port: Number(port), socketTimeout: 50 });
      const { PassThrough } = await import('node:stream');
      const endless = new PassThrough();
      endless.write('half a mail');
      await expect(transport.sendMail({ from: 'a@example.com', to: 'half@example.com', text: endless })).rejects.toThrow();
      transport.close();
      await sendMail(main(), { to: 'after@example.com', text: 'x' });
      expect(await messagesOf(service, main(), 'half@example.com')).toEqual([]);
    });

    it('takes the mails of each scope back, and reports those that come late', async () => {
      const { lease } = service;
      if (lease.kind !== 'database') throw new Error('not a database lease');
      const book = await lease.open(server().endpoint);
      onTestFinished(() => book[Symbol.asyncDispose]());
      const fields = await book.create('scopes');
      const keeper = await book.openKeeper?.('scopes', 'rewind');
      if (!keeper) throw new Error('no keeper');
      onTestFinished(() => keeper[Symbol.asyncDispose]());
      const send = (to: string) => sendMail(fields, { to: `${to}@example.com`, subject: `for ${to}`, text: to });
      const addresses = async () => (await messagesOf(service, fields, '*')).flatMap(({ details }) => details?.to);

      await send('run');
      await keeper.enter('file', 'keep');
      await send('file');
      await keeper.enter('test', 'keep');
      await send('test');
      expect(await keeper.diff?.()).toEqual([
        { table: 'mails', op: 'insert', after: { to: 'test@example.com', subject: 'for test' } },
      ]);
      await keeper.enter('run', 'keep');
      await send('fixture');
      await keeper.enter('test', 'keep');
      expect(await keeper.leave('test')).toMatchObject({ how: 'forget', changed: 1, leaks: [] });
      expect(await addresses()).toEqual(['run@example.com', 'file@example.com', 'fixture@example.com']);
      await send('hook');
      expect(await keeper.enter('test', 'keep')).toBeUndefined();
      expect(await keeper.leave('test')).toMatchObject({ how: 'none', changed: 0 });
      await send('late');
      expect(await keeper.enter('test', 'undo')).toMatchObject({
        changed: 1,
        leaks: [{ kind: 'write', text: expect.stringContaining('"for late" to late@example.com') }],
      });
      await keeper.leave('test');
      expect(await addresses()).toEqual(['run@example.com', 'file@example.com', 'fixture@example.com', 'hook@example.com']);
      expect(await keeper.leave('file')).toMatchObject({ changed: 2 });
      expect(await addresses()).toEqual(['run@example.com', 'fixture@example.com']);
      await keeper.enter('test', 'keep');
      await send('last');
      expect(await keeper.renew?.()).toBe(true);
      expect(await addresses()).toEqual([]);
    });
  },
);

describe('A mailbox', () => {
  it('with a password and STARTTLS takes only who knows it', async () => {
    const options = { user: 'app', password: 's/cret', starttls: true };
    await using started = await startConfigured(smtp.configure(toRequest({ options })), driver);
    const { service, url, server } = started;
    const fields = service.fields(server.endpoint);
    const ca = fs.readFileSync(fields.certificate ?? '', 'utf8');
    const send = (at: string, trusted = ca) =>
      nodemailer
        .createTransport({ url: at, requireTLS: true, tls: { ca: trusted } })
        .sendMail({ from: 'a@example.com', to: 'tls@example.com', text: 'x' });
    await send(url);
    await expect(send(url, makeSelfSigned().certificate)).rejects.toThrow(/self-signed|certificate/);
    await expect(send(url.replace('s%2Fcret', 'wrong'))).rejects.toMatchObject({ responseCode: 535 });
    await expect(send(url.replace(/\/\/.*@/, '//'))).rejects.toMatchObject({ responseCode: 530 });
    expect(service.env(fields)).toMatchObject({ SMTP_USER: 'app', SPRING_MAIL_PASSWORD: 's/cret' });
    expect(await messagesOf(service, fields, 'tls@example.com')).toHaveLength(1);
  });
});
