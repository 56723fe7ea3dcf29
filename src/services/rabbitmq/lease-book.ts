import type { Endpoint } from '../../core/connection.ts';
import type { LeaseBook } from '../../core/service.ts';
import { openControl } from '../../util/program-control.ts';
import { type AmqpTarget, toFields } from './fields.ts';
import { type Level, openKeeper } from './keeper.ts';

/** Leases on a broker of ours: virtual hosts, each with what the app's one had when the book was opened. */
export async function openLeases(main: AmqpTarget): Promise<LeaseBook> {
  const { control: socketPath = '' } = main;
  const control = openControl(socketPath);
  const seed = await control.ask<Level>('look', { vhost: main.vhost, known: null });
  const vhostOf = (id: string) => `${main.vhost === '/' ? 'lease' : main.vhost}_${id}`;
  return {
    create: async (id) => {
      const vhost = vhostOf(id);
      await control.ask('add', { vhost, users: [main.user], level: seed });
      return toFields({ ...main, vhost });
    },
    drop: async (id) => void (await control.ask('delete', { vhost: vhostOf(id) })),
    openKeeper: async (id) => openKeeper(socketPath, vhostOf(id), seed),
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };
}

/** Imports a file of definitions, as the management plug-in exports them. */
export async function importDefinitions(endpoint: Endpoint, text: string, signal?: AbortSignal): Promise<void> {
  if (endpoint.control === undefined) throw new Error('definitions can be imported only where the broker is run natively');
  using control = openControl(endpoint.control);
  await control.ask('import', { definitions: text }, signal);
}
