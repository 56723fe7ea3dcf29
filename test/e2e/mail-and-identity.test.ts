import path from 'node:path';
import { expect, test } from 'vitest';
import { ensureVenv } from '../../scripts/dev/python.mjs';
import { DEFECTS } from '../../src/services/oidc/server/tokens.ts';
import { SEATRIAL, seatrial, startSeatrial } from './cli.ts';
import { findLeftovers, findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { makeWorkspace } from './workspace.ts';

const PROGRAMS = path.join(import.meta.dirname, 'programs', 'identity');
const MAIL_AND_IDP = 'services:\n  mail: { use: smtp }\n  idp: { use: oidc, audience: shop }\n';

/** In the command: one line of SMTP, and what is in the mailbox. */
const MAILBOX = `
import http from 'node:http';
import net from 'node:net';
export const send = (to, port = process.env.SMTP_PORT) => new Promise((resolve, reject) => {
  const lines = ['EHLO app', 'MAIL FROM:<a@example.com>', 'RCPT TO:<' + to + '>', 'DATA', 'Subject: x\\r\\n\\r\\nx\\r\\n.', 'QUIT'];
  const socket = net.connect(port, process.env.SMTP_HOST).once('error', reject).once('close', resolve);
  socket.on('data', (reply) => /^\\d{3} /m.test(reply) && lines.length > 0 && socket.write(lines.shift() + '\\r\\n'));
});
export const recipients = () => new Promise((resolve, reject) => {
  const { MAIL_CONTROL: socketPath, MAIL_MAILBOX: mailbox } = process.env;
  http.request({ socketPath, path: '/sources', method: 'POST' }, async (answer) => resolve(JSON.parse(await answer.toArray())))
    .once('error', reject).end(JSON.stringify({ mailbox }));
});
`;

test('Each test of a worker begins with an empty mailbox, and an issuer that knows nobody', async () => {
  const each = (name: string) => `test('${name}', async () => {
    assert.deepEqual(await recipients(), []);
    assert.equal((await fetch(issuer + '/users/${name === 'one' ? 'two' : 'one'}')).status, 404);
    await send('${name}@example.com');
    await fetch(issuer + '/users', { method: 'POST', body: '{"sub":"${name}"}', headers: { 'content-type': 'application/json' } });
    assert.deepEqual(await recipients(), ['${name}@example.com']);
    assert.equal((await fetch(issuer + '/users/${name}')).status, 200);
  });`;
  const workspace = makeWorkspace({
    'seatrial.yaml': MAIL_AND_IDP,
    'mailbox.mjs': MAILBOX,
    'mails.test.mjs': `import assert from 'node:assert/strict';\nimport test from 'node:test';
      import { recipients, send } from './mailbox.mjs';
      const issuer = process.env.OIDC_ISSUER;\n${['one', 'two'].map(each).join('\n')}`,
  });

  const run = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', 'node', '--test', '--test-reporter=tap']);

  expect(run.code, run.stdout + run.stderr).toBe(0);
  expect(run.stdout).toContain('# pass 2');
  expect(findLeftovers(workspace)).toEqual([]);
});

test('Nothing is left soon after SIGKILL ends a run with servers of our own', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': MAIL_AND_IDP });
  const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo up; sleep 600']);
  await run.untilStdout(/up/);
  const servers = () => findProcesses(workspace.top).filter(({ text }) => /services\/(?:smtp|oidc)\/server\/main/.test(text));
  expect(servers()).toHaveLength(2);

  run.kill('SIGKILL');

  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('After a restart, leases are at the addresses that their holders know', async () => {
  const lease = `const answer = await fetch(process.env.SEATRIAL_CONTROL_URL + '/v1/leases', {
    method: 'POST', body: JSON.stringify({ runner: 'own', mainPid: 1, slot: '0' }),
    headers: { authorization: 'Bearer ' + process.env.SEATRIAL_CONTROL_TOKEN, 'content-type': 'application/json' },
  });
  const { lease: { env } } = await answer.json();
  console.log(env.SMTP_PORT, env.OIDC_ISSUER);`;
  const after = `import { send } from './mailbox.mjs';
  const [port, issuer] = process.argv.slice(2);
  await send('anna@example.com', port);
  console.log((await (await fetch(issuer + '/.well-known/openid-configuration')).json()).issuer);`;
  const files = { 'seatrial.yaml': MAIL_AND_IDP, 'mailbox.mjs': MAILBOX, 'lease.mjs': lease, 'after.mjs': after };
  const workspace = makeWorkspace(files);
  await seatrial(workspace, ['services', 'start']);
  const script = `node lease.mjs > leased; ${SEATRIAL.join(' ')} services restart; cat leased; node after.mjs $(cat leased)`;

  const { stdout, stderr } = await seatrial(workspace, ['run', '--', 'sh', '-euc', script]);

  expect(stdout, stderr).toMatch(/\n\d+ (http\S+)\n\1\n$/);
  await seatrial(workspace, ['services', 'stop']);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('A Python app sends mails, takes good tokens and refuses each bad kind', { timeout: 120_000 }, async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': MAIL_AND_IDP });
  const python = path.join(ensureVenv(PROGRAMS, [path.join(PROGRAMS, 'requirements.txt')]), 'python');
  const defects = `DEFECTS=${DEFECTS.join(' ')}`;

  const run = await seatrial(workspace, ['run', '--', 'env', defects, python, path.join(PROGRAMS, 'scenario.py')]);

  expect(JSON.parse(run.stdout || '{}'), run.stderr).toEqual({
    good: 'anna',
    expired: 'ExpiredSignatureError',
    notYet: 'ImmatureSignatureError',
    noExp: 'MissingRequiredClaimError',
    wrongKey: 'InvalidSignatureError',
    wrongAudience: 'InvalidAudienceError',
    wrongIssuer: 'InvalidIssuerError',
    unknownKid: 'PyJWKClientError',
    algNone: 'InvalidAlgorithmError',
    hs256WithPublicKey: 'InvalidAlgorithmError',
    tampered: 'InvalidSignatureError',
  });
});
