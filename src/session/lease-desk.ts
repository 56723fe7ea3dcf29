import crypto from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionFields } from '../core/connection.ts';
import type { Running } from '../core/driver.ts';
import type { Wire } from '../core/gateway.ts';
import { type Isolation, resetsTests } from '../core/isolation.ts';
import { type Lease, type LeaseKey, leaseKeyText } from '../core/lease.ts';
import type { StateKeeper } from '../core/reset.ts';
import type { InspectSupport, LeaseBook, Seed } from '../core/service.ts';
import { isSeatrialError, SeatrialError } from '../errors.ts';
import type { EventStream } from '../observe/event-stream.ts';
import { createHold, leadThroughGateway, type OpenGateway } from './behind-gateway.ts';
import { createInspectors, type Inspectable, type Inspectors } from './inspectors.ts';
import { createParkedLeases } from './parked-leases.ts';

/** Longer than a new state takes. */
const RENEWED_WITHIN_MS = 1000;

/** A running service, as leasing sees it. */
export interface Leasable {
  readonly name: string;
  readonly running: Running;
  /** For kinds that lease a database inside the server; opened before the first lease. */
  readonly book: LeaseBook | undefined;
  /** For kinds that lease a server of its own: what it begins with. */
  readonly seed?: Seed | undefined;
  /** Leases that are reset lead through a gateway, which knows so much of the protocol. */
  readonly wire?: Wire | undefined;
  launchAnother(leaseId: string): Promise<Running>;
  fields(running: Running): ConnectionFields;
  /** Lets tests see what it holds. */
  readonly inspect?: InspectSupport | undefined;
}

export interface LeaseDesk extends AsyncDisposable {
  /** The same key gets the same lease while it lives, also when it is asked for twice at once. */
  acquire(key: LeaseKey, isolation?: Isolation): Promise<Lease>;
  find(leaseId: string): Promise<Lease> | undefined;
  /** What takes a living lease back after each test, by service; empty when its isolation does not. */
  keepers(leaseId: string): Promise<Readonly<Record<string, StateKeeper>>> | undefined;
  /** What tests see of a living lease's services. */
  inspectors(leaseId: string): Inspectors | undefined;
  /**
   * Ends a lease; safe to call for one that has ended. One whose holder has just gone is kept for a moment, if its state can be made as new:
   * the next process of the same slot gets it.
   */
  release(leaseId: string, reason: 'released' | 'disconnected' | 'session'): Promise<void>;
  /** Makes the spare state in the background, once the services are ready for it. */
  refill(): void;
  /** Before the set of services changes: what was made ahead, or waits for its next holder, would not fit any more. */
  discardSpare(): Promise<void>;
  list(): readonly { readonly id: string; readonly key: LeaseKey; readonly createdAt: number }[];
}

interface Entry {
  readonly key: LeaseKey;
  readonly createdAt: number;
  readonly state: LeasedState;
  readonly made: Promise<Lease>;
}

/** What a lease consists of, with or without a holder. */
interface LeasedState {
  readonly id: string;
  readonly isolation: Isolation;
  readonly fields: Promise<Readonly<Record<string, ConnectionFields>>>;
  readonly keepers: Promise<Readonly<Record<string, StateKeeper>>>;
  readonly inspectors: Inspectors;
  /** Makes it as it was when it was made; false when that can't be had, or can't be told. */
  renew(): Promise<boolean>;
  undo(): Promise<void>;
}

export function createLeaseDesk(options: {
  services(): readonly Leasable[];
  env(fields: Readonly<Record<string, ConnectionFields>>): Readonly<Record<string, string>>;
  readonly events: EventStream;
  /** One state is kept ready for whoever comes next, so that attaching costs no copy and no start. */
  readonly spare: boolean;
  readonly openGateway: OpenGateway;
  /** Resolves when nothing is under way on a lease any more. */
  settled(leaseId: string): Promise<void>;
  /** That of the spare state before anybody has asked. */
  readonly isolation: Isolation;
}): LeaseDesk {
  const entries = new Map<string, Entry>();
  let spare: LeasedState | undefined;
  let closing = false;
  let { isolation: lastIsolation } = options;

  const entryOf = (leaseId: string) => [...entries.values()].find(({ state }) => state.id === leaseId);
  const takeSpare = (isolation: Isolation): LeasedState => {
    lastIsolation = isolation;
    const state = spare?.isolation === isolation ? spare : makeState(options.services(), isolation, options.openGateway);
    if (state !== spare) void spare?.undo();
    spare = undefined;
    return state;
  };
  const refill = () => {
    if (!options.spare || closing || spare) return;
    const next = makeState(options.services(), lastIsolation, options.openGateway);
    spare = next;
    next.fields.catch(() => {
      if (spare === next) spare = undefined; // whoever comes next makes its own, and hears why that fails
    });
  };
  const hand = async (entry: Omit<Entry, 'made'>): Promise<Lease> => {
    const startedAt = performance.now();
    const { id } = entry.state;
    const fields = await entry.state.fields.catch((cause: unknown) => {
      const text = leaseKeyText(entry.key);
      if (entries.get(text)?.state === entry.state) entries.delete(text); // else somebody has asked again since
      const reason = (cause as Error).message;
      const hint =
        isSeatrialError(cause) && cause.hint ? cause.hint : '`seatrial services status` shows whether the services are ready';
      options.events.emit({ type: 'lease.failed', key: entry.key, message: reason, hint });
      throw new SeatrialError('SEATRIAL_LEASE_FAILED', `no lease could be made for ${text}: ${reason}`, { cause, hint });
    });
    options.events.emit({ type: 'lease.created', lease: id, key: entry.key, ms: performance.now() - startedAt });
    refill();
    return { id, key: entry.key, services: fields, env: options.env(fields) };
  };
  const end = async (key: LeaseKey, state: LeasedState, reason: 'released' | 'disconnected' | 'session') => {
    await state.undo();
    options.events.emit({ type: 'lease.ended', lease: state.id, key, reason });
  };
  const parked = createParkedLeases<LeasedState>((key, state) => end(key, state, closing ? 'session' : 'disconnected'));
  const renew = async (state: LeasedState): Promise<boolean> => {
    await options.settled(state.id);
    if (closing) return false;
    return Promise.race([state.renew(), sleep(RENEWED_WITHIN_MS, false, { ref: false })]);
  };
  const release: LeaseDesk['release'] = async (leaseId, reason) => {
    const entry = entryOf(leaseId);
    if (!entry) return;
    entries.delete(leaseKeyText(entry.key));
    if (reason === 'disconnected' && !closing && resetsTests(entry.state.isolation)) parked.park(entry, renew(entry.state));
    else await end(entry.key, entry.state, reason);
  };
  /** The lease that the last process of this slot had, as new; else a new one. */
  const takeParked = (key: LeaseKey, isolation: Isolation): Entry | undefined => {
    const found = parked.take(key);
    if (!found) return undefined;
    const { state } = found;
    const made = found.isClean.then(async (isClean) => {
      if (isClean && state.isolation === isolation) return found.made;
      const text = leaseKeyText(key);
      if (entries.get(text)?.state === state) entries.delete(text);
      void end(key, state, 'disconnected');
      return acquire(key, isolation);
    });
    return { key, createdAt: Date.now(), state, made };
  };

  const takeNew = (key: LeaseKey, isolation: Isolation): Entry => {
    const draft = { key, createdAt: Date.now(), state: takeSpare(isolation) };
    return { ...draft, made: hand(draft) };
  };
  const acquire = (key: LeaseKey, isolation: Isolation = options.isolation): Promise<Lease> => {
    const known = entries.get(leaseKeyText(key));
    if (known) return known.made;
    if (closing)
      return Promise.reject(
        new SeatrialError('SEATRIAL_LEASE_FAILED', `no lease can be made for ${leaseKeyText(key)}: the session is ending`),
      );
    const entry = takeParked(key, isolation) ?? takeNew(key, isolation);
    entry.made.catch(() => {});
    entries.set(leaseKeyText(key), entry);
    return entry.made;
  };

  return {
    acquire,
    release,
    find: (leaseId) => entryOf(leaseId)?.made,
    keepers: (leaseId) => entryOf(leaseId)?.state.keepers,
    inspectors: (leaseId) => entryOf(leaseId)?.state.inspectors,
    list: () => [...entries.values()].map(({ state: { id }, key, createdAt }) => ({ id, key, createdAt })),
    refill,
    discardSpare: async () => {
      const state = spare;
      spare = undefined;
      await Promise.all([state?.undo(), parked.end()]);
    },
    [Symbol.asyncDispose]: async () => {
      closing = true;
      await Promise.all([spare?.undo(), parked.end(), ...[...entries.values()].map(({ state }) => release(state.id, 'session'))]);
      spare = undefined;
    },
  };
}

/** Makes the state of a lease on all services at once; what was made is undone when one of them fails. */
function makeState(services: readonly Leasable[], isolation: Isolation, openGateway: OpenGateway): LeasedState {
  const id = crypto.randomBytes(5).toString('hex');
  const steps: (() => Promise<void>)[] = [];
  const kept: Record<string, StateKeeper> = {};
  const hold = createHold();
  const inspectable: Inspectable[] = [];
  const inspectors = createInspectors(() => inspectable);
  const watch = async ({ name, wire }: Leasable, keeper: Promise<StateKeeper> | undefined) => {
    if (keeper) kept[name] = hold.wrap(await keeper, wire !== undefined);
  };
  const lead = async ({ wire }: Leasable, fields: ConnectionFields): Promise<ConnectionFields> => {
    if (!wire || !resetsTests(isolation)) return fields;
    const led = await leadThroughGateway(fields, wire, openGateway);
    hold.gateways.push(led.gateway);
    steps.push(async () => led.gateway[Symbol.asyncDispose]());
    return led.fields;
  };
  const takeBack = async () => {
    await inspectors[Symbol.asyncDispose]();
    await Promise.allSettled(Object.values(kept).map((keeper) => keeper[Symbol.asyncDispose]()));
    await Promise.allSettled(steps.splice(0).map((step) => step())); // what can't be dropped now goes with the session
  };
  const undo = async () => {
    await fields.catch(() => {});
    await takeBack();
  };
  const renew = async () => {
    const all = Object.values(kept);
    if (all.length < services.length || hold.gateways.length > 0) return false;
    const renewed = await Promise.all(all.map((keeper) => keeper.renew?.() ?? false)).catch(() => [false]);
    return renewed.every((isNew) => isNew);
  };
  const make = async () => {
    const made = await Promise.allSettled(
      services.map(async (service): Promise<[string, ConnectionFields]> => {
        if (service.book) {
          const { book } = service;
          steps.push(() => book.drop(id));
          const fields = await book.create(id, isolation);
          inspectable.push({ name: service.name, inspect: service.inspect, fields });
          if (resetsTests(isolation)) await watch(service, book.openKeeper?.(id, isolation));
          return [service.name, await lead(service, fields)];
        }
        const running = await service.launchAnother(id);
        steps.push(async () => running[Symbol.asyncDispose]());
        await service.seed?.fill(running.endpoint);
        if (resetsTests(isolation)) await watch(service, service.seed?.openKeeper(running.endpoint, isolation));
        const fields = service.fields(running);
        inspectable.push({ name: service.name, inspect: service.inspect, fields });
        return [service.name, await lead(service, fields)];
      }),
    );
    const watching = await inspectors.openEarly().then(
      () => [],
      (reason) => [{ status: 'rejected' as const, reason }],
    );
    const failed = [...made, ...watching].find((result) => result.status === 'rejected');
    if (!failed) return Object.fromEntries(made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
    await takeBack();
    throw failed.reason;
  };
  const fields = make();
  fields.catch(() => {});
  const keepers = fields.then(() => kept);
  keepers.catch(() => {});
  return { id, isolation, fields, keepers, inspectors, renew, undo };
}
