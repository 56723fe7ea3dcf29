import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSeatrial } from './cli.ts';
import { leftoversAfter } from './leftovers.ts';
import { makeWorkspace, type Workspace } from './workspace.ts';

/**
 * Takes the port that Seatrial has chosen for its first server before that server listens: the ledger names the process in the moment in which it
 * starts, and its command line the port. Answers the port; undefined when the server was quicker.
 */
async function stealPort({ runtime }: Workspace, ended: () => boolean): Promise<number | undefined> {
  while (!ended()) {
    const pid = firstOwned(path.join(runtime, 'sessions'));
    if (pid === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    process.kill(pid, 'SIGSTOP');
    const [, port] = /\bport[\0=\s]+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1')) ?? [];
    const thief = net.createServer((socket) => socket.destroy());
    const stolen = await new Promise<boolean>((resolve) =>
      thief.once('error', () => resolve(false)).listen(Number(port), '127.0.0.1', () => resolve(true)),
    );
    process.kill(pid, 'SIGCONT');
    if (!stolen) return undefined;
    onTestFinished(() => void thief.close());
    return Number(port);
  }
  return undefined;
}

function firstOwned(sessions: string): number | undefined {
  try {
    const [id] = fs.readdirSync(sessions).filter((name) => !name.startsWith('.'));
    const ledger = fs.readFileSync(path.join(sessions, id as string, 'ledger.jsonl'), 'utf8');
    const [, pid] = /"op":"own".*"kind":"process".*"pid":(\d+).*\n/.exec(ledger) ?? [];
    return pid === undefined ? undefined : Number(pid);
  } catch {
    return undefined;
  }
}

test.for(['postgres@18', 'redis'] as const)(
  'A port of %s that somebody takes between choice and bind is changed for another',
  async (kind) => {
    let stolen: number | undefined;
    for (let tries = 0; tries < 8 && stolen === undefined; tries++) {
      const workspace = makeWorkspace({ 'seatrial.yaml': `services:\n  it: ${kind}\n` });
      let ended = false;
      const run = startSeatrial(workspace, ['run', '--', 'printenv', 'IT_PORT'], { input: '' });
      void run.ended.then(() => {
        ended = true;
      });

      stolen = await stealPort(workspace, () => ended);
      const { code, stdout, stderr } = await run.ended;

      expect([code, stderr.includes('SEATRIAL_')]).toEqual([0, false]);
      expect(Number(stdout)).not.toBe(stolen);
      expect(await leftoversAfter(workspace)).toEqual([]);
    }
    expect(stolen).toBeGreaterThan(0);
  },
);
