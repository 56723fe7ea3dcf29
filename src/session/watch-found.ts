import { setTimeout as sleep } from 'node:timers/promises';
import type { FoundAddress } from '../core/config.ts';
import { SeatrialError } from '../errors.ts';
import { lookUpHost } from '../util/platform/look-up-host.ts';
import { commandLine, descendantsOf, listProcesses, startEnvironment } from '../util/platform/process-table.ts';
import { connectionsTo, holdsSocket } from '../util/platform/tcp-connections.ts';
import { RUN_TAG } from './command-processes.ts';

export interface FoundWatch extends Disposable {
  /** Asked once the command has ended. */
  verdict(): { readonly failure: SeatrialError | undefined; readonly warnings: readonly string[] };
}

const POLL_MS = 25;
/** A name server that does not answer must not keep the command waiting. */
const LOOK_UP_MS = 300;

type LookUp = (host: string, signal: AbortSignal) => Promise<readonly string[]>;
interface Target {
  readonly source: FoundAddress;
  readonly address: string;
  readonly port: number;
}

/**
 * Watches whether the command connects to an address that was found in the environment or in `.env` and that Seatrial did not adopt: it may
 * be somebody's development or production database. An open connection is seen with its owner; one that came and went between two looks
 * leaves a trace without an owner, which is a warning.
 */
export async function watchFoundAddresses(
  found: readonly FoundAddress[],
  runId: string,
  ownPorts: readonly number[],
  lookUp: LookUp = lookUpHost,
): Promise<FoundWatch> {
  const ending = new AbortController();
  const before = new Map<Target, ReadonlySet<number>>();
  const add = (targets: readonly Target[]) => {
    for (const target of targets) {
      const { address, port } = target;
      if (isLoopback(address) && ownPorts.includes(port)) continue;
      before.set(target, new Set(connectionsTo(address, port).map(({ localPort }) => localPort)));
    }
  };
  const lookingUp = Promise.all(
    found.map(async (source) => add(await resolveTarget(source, (host) => lookUp(host, ending.signal)))),
  );
  await Promise.race([lookingUp, sleep(LOOK_UP_MS, undefined, { ref: false })]); // a late answer is added when it comes
  const used = new Map<FoundAddress, string>();
  const look = () => {
    for (const { source, address, port } of before.keys()) {
      if (used.has(source)) continue;
      const inodes = new Set(
        connectionsTo(address, port).flatMap(({ state, inode }) => (state === 'open' && inode !== 0 ? [inode] : [])),
      );
      if (inodes.size === 0) continue;
      const table = listProcesses();
      const tagged = table.filter(({ pid }) => startEnvironment(pid, RUN_TAG) === runId);
      const owner = [
        ...tagged,
        ...descendantsOf(
          tagged.map(({ pid }) => pid),
          table,
        ),
      ].find(({ pid }) => holdsSocket(pid, inodes));
      if (owner) used.set(source, `process ${owner.pid} (${(commandLine(owner.pid) || owner.name).slice(0, 80)})`);
    }
  };
  const timer = setInterval(look, POLL_MS).unref();
  return {
    verdict: () => {
      look();
      clearInterval(timer);
      const traces = [...before.keys()].filter(
        (target) =>
          !used.has(target.source) &&
          connectionsTo(target.address, target.port).some(
            ({ localPort, state }) => state === 'closed' && !before.get(target)?.has(localPort),
          ),
      );
      return {
        failure: toFailure(used),
        warnings: [
          ...new Set(
            traces.map(
              ({ source }) =>
                `something on this machine connected to ${source.host}:${source.port} (${source.name} in ${source.origin}) during the run; if it was the command, its data may have changed`,
            ),
          ),
        ],
      };
    },
    [Symbol.dispose]: () => {
      ending.abort();
      clearInterval(timer);
    },
  };
}

function toFailure(used: ReadonlyMap<FoundAddress, string>): SeatrialError | undefined {
  const [first] = used;
  if (!first) return undefined;
  const [{ host, port, name, origin }, who] = first;
  return new SeatrialError(
    'SEATRIAL_FOUND_ADDRESS_USED',
    `${who} of the command connected to ${host}:${port}, which ${name} in ${origin} names and which Seatrial did not start: its data may have changed`,
    {
      hint: 'make the code read the address that Seatrial sets (see `seatrial run --print-env`), or name the server under `services:` with `url:` when it is meant',
      details: { addresses: [...used].map(([address, process]) => ({ ...address, process })) },
    },
  );
}

async function resolveTarget(source: FoundAddress, lookUp: (host: string) => ReturnType<LookUp>): Promise<Target[]> {
  const host = source.host.replace(/^\[|\]$/g, '');
  const addresses = /^localhost$/i.test(host) ? ['127.0.0.1', '::1'] : await lookUp(host).catch(() => []);
  return addresses.map((address) => ({ source, address, port: source.port }));
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
