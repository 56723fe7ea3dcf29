import os from 'node:os';
import { CONTAINER_LABELS, type LeftContainers } from '../../core/container.ts';
import {
  isProcessAlive,
  type PidScope,
  type ProcessIdentity,
  pidScope,
  selfIdentity,
} from '../../util/platform/process-identity.ts';
import { settleAll } from '../../util/settle-all.ts';
import { EngineError } from './client.ts';
import { connectEngine, type Engine } from './connect.ts';

const REMOVE_WITHIN_MS = 20_000;
/** A container that the engine was asked for in the moment of death appears within this time, or never. */
const APPEARS_WITHIN_MS = 3_000;
const POLL_MS = 50;

/** Ends and removes a container with its volumes; it is gone when this resolves. */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  const deadline = performance.now() + REMOVE_WITHIN_MS;
  for (;;) {
    try {
      await engine.call('DELETE', `/containers/${id}`, { query: { force: '1', v: '1' } });
      return;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (error.status === 404) return;
      if (performance.now() > deadline) throw error; // 409: somebody else removes it, or it is still being made
    }
    await pause();
  }
}

/** What a dead session has left on an engine, whatever the names: it is found by its label. */
export async function removeLeft({ address, session, names, justNow }: LeftContainers): Promise<void> {
  const engine = await connectEngine(address);
  const deadline = performance.now() + (justNow ? APPEARS_WITHIN_MS : 0);
  for (const seen = new Set<string>(); ; await pause()) {
    const found = await listContainers(engine, `${CONTAINER_LABELS.session}=${session}`);
    await settleAll(found.map(({ Id }) => removeContainer(engine, Id)));
    for (const { Names } of found) for (const name of Names) seen.add(name.replace(/^\//, ''));
    if (names.every((name) => seen.has(name)) || performance.now() > deadline) return;
  }
}

/** The label by which a container says whose it is, on an engine that may serve several machines. */
export function ownerLabel(): string {
  return JSON.stringify({ ...selfIdentity(), ...pidScope(), machine: os.hostname() } satisfies OwnerLabel);
}
type OwnerLabel = ProcessIdentity & PidScope & { readonly machine: string };

/** The last net, below ledger and watchdog: removes containers of ours whose process is known to be dead here. */
export async function sweepEngine(engine: Engine): Promise<void> {
  const containers = await listContainers(engine, CONTAINER_LABELS.owner);
  const dead = containers.filter(({ Labels }) => isDeadHere(Labels?.[CONTAINER_LABELS.owner]));
  await settleAll(dead.map(({ Id }) => removeContainer(engine, Id)));
}

function isDeadHere(label: string | undefined): boolean {
  try {
    const owner = JSON.parse(label ?? '') as OwnerLabel;
    const here = pidScope();
    const isHere = owner.machine === os.hostname() && owner.boot === here.boot && owner.pidNamespace === here.pidNamespace;
    return isHere && typeof owner.pid === 'number' && !isProcessAlive(owner);
  } catch {
    return false;
  }
}

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
}

function listContainers(engine: Engine, label: string): Promise<readonly Listed[]> {
  return engine.call('GET', '/containers/json', { query: { all: '1', filters: JSON.stringify({ label: [label] }) } });
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
