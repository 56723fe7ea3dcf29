// Starts a test binary of Go with a lease of its own, held until it has ended. Plain JavaScript, Node 18.18 and up.
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { basename } from 'node:path';
import { formatRequest, parseAnswer, toFailure } from './http-text.mjs';
import { putOnLease } from './put-on-lease.mjs';

const PLUGIN = 'seatrial-go';
const VERSION = '0.1.0';
const WAIT_MS = 120_000;

const [binary, ...args] = process.argv.slice(2);
// `run --check-isolation` asks for a random order.
const { SEATRIAL_SHUFFLE_SEED: seed } = process.env;
if (seed && !args.some((arg) => arg.startsWith('-test.shuffle'))) args.unshift(`-test.shuffle=${seed}`);
const env = { ...process.env };
try {
  putOnLease(env, await takeLease());
} catch (error) {
  console.error(toFailure(error, `Seatrial has no lease for ${basename(binary)}`, env.SEATRIAL_CONTROL_SOCKET).message);
  process.exit(1);
}
let child;
// Before the child is there: it may be quick. Go ends a test that takes too long by SIGQUIT, to see its goroutines.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'];
for (const signal of SIGNALS) process.on(signal, () => child?.kill(signal));
child = spawn(binary, args, { env, stdio: 'inherit' });
child.on('error', (error) => {
  console.error(`seatrial: ${binary} cannot be started: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code);
  for (const name of SIGNALS) process.removeAllListeners(name);
  process.kill(process.pid, signal); // so that `go test` says what ended it
});

/** The connection stays open as long as this process lives: it is what holds the lease. */
function takeLease() {
  return new Promise((resolve, reject) => {
    const request = {
      runner: 'go',
      mainPid: process.ppid,
      slot: slot(),
      hold: true,
      isolation: env.SEATRIAL_ISOLATION,
      over: env.SEATRIAL_MAIN_LEASE || undefined,
      hello: { plugin: PLUGIN, version: VERSION },
    };
    const socket = new Socket();
    let bytes = Buffer.alloc(0);
    const take = (ended) => {
      try {
        const answer = parseAnswer(bytes, ended);
        if (!answer) return;
        clearTimeout(timer);
        resolve(answer.value);
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(() => reject(new Error(`no answer within ${WAIT_MS} ms`)), WAIT_MS);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      take(false);
    });
    socket.on('close', () => take(true));
    socket.connect({ path: env.SEATRIAL_CONTROL_SOCKET });
    socket.write(
      formatRequest({ method: 'POST', path: '/v1/leases', body: request, token: env.SEATRIAL_CONTROL_TOKEN, close: true }),
    );
  });
}

/** `orders-4711`: packages of the same name may be tested at the same time. */
function slot() {
  const name = basename(binary, '.test').replace(/[^A-Za-z0-9._-]/g, '-');
  return `${name.slice(0, 40)}-${process.pid}`;
}
