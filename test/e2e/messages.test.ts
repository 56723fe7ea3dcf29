import { expect, test } from 'vitest';
import { jest, type RunnerCase, vitest } from '../runners/runner-cases.ts';
import { makeProject } from './baseline-suite.ts';
import { seatrial } from './cli.ts';
import { leftoversAfter } from './leftovers.ts';
import { pluginFile } from './plugin-file.ts';

/** Sends what its test asks for, some time after it was told to. */
const APP = `
  const { createTransport } = require('nodemailer');
  const mails = createTransport(process.env.SMTP_URL);
  const later = () => new Promise((resolve) => setTimeout(resolve, 30));
  exports.sign = async (email) => {
    await later();
    await mails.sendMail({ from: 'shop@example.com', to: email, subject: 'Welcome', text: 'Your code is 123456: http://shop.example/verify?c=9' });
  };
  exports.close = () => mails.close();\n`;

const suite = (file: string) => `
  const opened = (async () => ({ ...(await load('${pluginFile(file)}')), app: (await load('./app.cjs')).default ?? (await load('./app.cjs')) }))();
  afterAll(async () => (await opened).app.close());
  for (const name of ['one', 'two'])
    test(name, async () => {
      const { seatrial, app } = await opened;
      const before = await seatrial.messages('mail', '*');
      app.sign('ann@example.com');
      const mail = await seatrial.expectMessage('mail', 'ann@example.com', { subject: /^Wel/, text: (text) => text.includes('code') });
      const missing = await seatrial.expectMessage('mail', 'ann@example.com', { subject: 'Bye' }, { within: 50 }).catch((error) => error);
      await seatrial.publish('events', 'orders.made', { id: 7 }, { headers: { trace: 'x' } });
      const event = await seatrial.expectMessage('events', 'orders.*', { json: { id: 7 } });
      const sources = await seatrial.sources('events');
      const seen = { before: before.length, codes: mail.details.codes, links: mail.details.links, missing: missing.message, code: missing.code,
        event: [event.json.id, event.headers.trace], events: (await seatrial.messages('events', '>')).length, sources };
      (await load('node:fs')).appendFileSync('seen', JSON.stringify(seen) + '\\n');
    });\n`;

const CASES: readonly { readonly runner: RunnerCase; readonly file: string }[] = [
  { runner: vitest(5), file: 'vitest.mjs' },
  { runner: jest(30, '-i'), file: 'jest.cjs' },
];

test.for(CASES)(
  'Tests wait for messages and mails of their own, and none is left for the next: $runner.title',
  async ({ runner, file }) => {
    const workspace = makeProject(runner, { 'a.test.js': suite(file) });
    workspace.write('app.cjs', APP);
    workspace.write('seatrial.yaml', 'services:\n  mail: smtp\n  events: nats\n');

    const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...runner.command]);

    expect(code, stdout + stderr).toBe(0);
    const seen = workspace
      .read('seen')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const one = {
      before: 0,
      codes: ['123456'],
      links: ['http://shop.example/verify?c=9'],
      missing: expect.stringMatching(/^no message on ann@example.com of mail fits .*Bye.* within 50 ms: there came\n.*Welcome/),
      code: 'SEATRIAL_MESSAGE_MISSING',
      event: [7, 'x'],
      events: 1,
      sources: [{ name: 'orders.made', kind: 'subject' }],
    };
    expect(seen).toEqual([one, one]);
    expect(await leftoversAfter(workspace)).toEqual([]);
  },
);

test('A service that shows no messages says which do', async () => {
  const runner = vitest(5);
  const text = `
    const { seatrial } = await load('${pluginFile('vitest.mjs')}');
    test('asks', () => seatrial.messages('cache', 'x'));\n`;
  const workspace = makeProject(runner, { 'a.test.js': text });
  workspace.write('seatrial.yaml', 'services:\n  mail: smtp\n  cache: redis\n');

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'worker', '--', ...runner.command]);

  expect(code, stdout + stderr).toBe(1);
  expect(stdout + stderr).toMatch(/cache shows no messages .*SEATRIAL_SERVICE_NOT_FOUND; those that show messages: mail/);
});
