import type { ConnectionFields } from '../core/connection.ts';
import type { Gateway, GatewayOptions, Wire } from '../core/gateway.ts';
import type { ResetReport, StateKeeper } from '../core/reset.ts';

export type OpenGateway = (options: GatewayOptions) => Promise<Gateway>;

/** Opens a gateway to the state of a lease, and answers the fields by which its holder passes there. */
export async function leadThroughGateway(
  fields: ConnectionFields,
  wire: Wire,
  open: OpenGateway,
): Promise<{ fields: ConnectionFields; gateway: Gateway }> {
  const gateway = await open({ target: { host: fields.host, port: Number(fields.port) }, wire });
  return { fields: readdress(fields, gateway.endpoint), gateway };
}

/** The same fields with another address: in `host`, in `port`, and in each URL. */
export function readdress(fields: ConnectionFields, to: { readonly host: string; readonly port: number }): ConnectionFields {
  const authority = (host: string, port: string) => `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const [from, there] = [authority(fields.host, fields.port), authority(to.host, String(to.port))];
  const changed = Object.entries(fields).map(([name, value]) => [
    name,
    value.includes('://') ? moveUrl(value, from, there) : value,
  ]);
  return { ...(Object.fromEntries(changed) as typeof fields), host: to.host, port: String(to.port) };
}

/** Behind the scheme or the login, so that nothing else that looks like it is changed. */
function moveUrl(url: string, from: string, to: string): string {
  for (const before of ['@', '://']) {
    const at = url.indexOf(before + from);
    if (at >= 0) return url.slice(0, at + before.length) + to + url.slice(at + before.length + from.length);
  }
  return url;
}

/** Holds what comes through the gateways of one lease while any of its keepers is at work, from the first that begins to the last that is done. */
export interface Hold {
  readonly gateways: Gateway[];
  /** `behind`: this keeper's own service has a gateway. */
  wrap(keeper: StateKeeper, behind: boolean): StateKeeper;
}

export function createHold(): Hold {
  const gateways: Gateway[] = [];
  let working = 0;
  let turn: Promise<unknown> = Promise.resolve();
  /** A gateway that has lost its thread holds nothing: then the reset is as it would be without. */
  const onAll = (act: (gateway: Gateway) => Promise<unknown>) => {
    turn = turn.then(() => Promise.allSettled(gateways.map(act)));
    return turn;
  };
  const whileHeld = async <T>(work: () => Promise<T>): Promise<T> => {
    if (gateways.length === 0) return work();
    working++;
    try {
      await (working === 1 ? onAll((gateway) => gateway.pause()) : turn);
      return await work();
    } finally {
      if (--working === 0) await onAll((gateway) => gateway.resume());
    }
  };
  return {
    gateways,
    wrap: ({ again, ...keeper }, behind) => ({
      enter: async (scope, between) => {
        const report = await whileHeld(() => keeper.enter(scope, between));
        return behind ? withoutLateWrites(report) : report;
      },
      leave: (scope) => whileHeld(() => keeper.leave(scope)),
      ...(again ? { again: () => whileHeld(() => again()) } : {}),
      ...(keeper.renew ? { renew: keeper.renew.bind(keeper) } : {}),
      ...(keeper.diff ? { diff: keeper.diff.bind(keeper) } : {}),
      ...(keeper.keep ? { keep: keeper.keep.bind(keeper) } : {}),
      [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
    }),
  };
}

/** Who asks for a gateway has an app that never stops writing: its writes between tests are undone, and no news. */
function withoutLateWrites(report: ResetReport | undefined): ResetReport | undefined {
  return report && { ...report, leaks: report.leaks.filter(({ kind }) => kind !== 'write') };
}
