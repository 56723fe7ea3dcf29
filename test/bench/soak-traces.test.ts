import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Ground, makeGround } from '../../bench/soak/ground.ts';
import { findTraces, NOTHING, removeTraces, untilGone } from '../../bench/soak/traces.ts';

describe.skipIf(process.platform !== 'linux')('the soak looks for orphans and', () => {
  test('finds one that a dead parent left, by nothing but its environment, with the port it listens on', async () => {
    const ground = plantGround();
    const pid = await plant('/', ground.env);
    const [found, ...others] = findTraces(ground, NOTHING);
    expect(others).toEqual([]);
    expect(found).toMatch(new RegExp(`^process ${pid}: .*\\(listens on \\d+\\)$`));
  });

  test('finds one by its working folder, also after that was removed', async () => {
    const ground = plantGround();
    const folder = path.join(ground.data, 'gone');
    fs.mkdirSync(folder);
    const pid = await plant(folder, {});
    fs.rmdirSync(folder);
    expect(findTraces(ground, NOTHING)).toEqual([expect.stringContaining(`process ${pid}: `)]);
  });

  test('finds a socket and what lies in the folders of sessions and data', async () => {
    const ground = plantGround();
    const session = path.join(ground.runtime, 'sessions', 'abc');
    fs.mkdirSync(session, { recursive: true });
    fs.mkdirSync(path.join(ground.data, '.def'));
    const server = net.createServer().listen(path.join(session, 'control.sock'));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    expect(findTraces(ground, NOTHING)).toEqual([
      `socket ${session}/control.sock`,
      `folder ${session}`,
      `folder ${path.join(ground.data, '.def')}`,
    ]);
    expect(findTraces(ground, { pids: new Set(), names: ['abc'] })).toEqual([`folder ${path.join(ground.data, '.def')}`]);
  });

  test('says what is left when the time is over, and nothing once it was ended', async () => {
    const ground = plantGround();
    await plant('/', ground.env);
    expect((await untilGone(ground, NOTHING, { since: performance.now(), timeoutMs: 0 })).left).toHaveLength(1);
    removeTraces(ground, NOTHING);
    expect((await untilGone(ground, NOTHING, { since: performance.now(), timeoutMs: 5_000 })).left).toEqual([]);
  });
});

function plantGround(): Ground {
  const ground = makeGround();
  onTestFinished(() => {
    removeTraces(ground, NOTHING);
    ground.remove();
  });
  return ground;
}

/** A listening process whose parent has ended: what a service is when nobody cleans up. Its command line tells nothing. */
async function plant(cwd: string, env: Readonly<Record<string, string>>): Promise<number> {
  const orphan = "require('net').createServer().listen(0, '127.0.0.1', () => console.log(process.pid))";
  const parent = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(orphan)}], { detached: true, stdio: ['ignore', 'inherit', 'ignore'] }).unref()`;
  const child = spawn(process.execPath, ['-e', parent], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [[pid]] = await Promise.all([once(child.stdout.setEncoding('utf8'), 'data'), once(child, 'exit')]);
  child.stdout.destroy();
  return Number(pid);
}
