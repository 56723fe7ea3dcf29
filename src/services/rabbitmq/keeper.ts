import { createImageKeeper, type ImageStore } from '../../core/image-keeper.ts';
import type { StateKeeper } from '../../core/reset.ts';
import { openControl } from '../../util/program-control.ts';

/** What a virtual host holds, by name: `queue orders`, `messages of queue orders`, ...; only the broker reads the values. */
export type Level = Readonly<Record<string, string>>;

/** Takes a virtual host back to what `seed` and the wider scopes have; the broker compares and undoes by itself, in one command. */
export function openKeeper(socketPath: string, vhost: string, seed: Level): StateKeeper {
  const control = openControl(socketPath);
  const open = () => createImageKeeper(createStore(), new Map(Object.entries(seed)));
  let keeper = open();
  return {
    enter: (scope, between) => keeper.enter(scope, between),
    leave: (scope) => keeper.leave(scope),
    diff: async () => (await keeper.diff?.()) ?? [],
    async renew() {
      await keeper.leave('run');
      keeper = open();
      return (await control.ask<number>('connections', { vhost })) === 0;
    },
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };

  function createStore(): ImageStore<string> {
    let begun = false; // until a scope has ended, all that consumers use belongs to the state
    let forgotten = false; // by `restore`, since the last look
    return {
      async look(known) {
        forgotten = false;
        return new Map(
          Object.entries(await control.ask<Level>('look', { vhost, known: begun ? Object.fromEntries(known) : null })),
        );
      },
      same: (one, other) => one === other,
      async restore(_changes, to) {
        await control.ask('restore', { vhost, level: Object.fromEntries(to) });
        forgotten = true;
        return { how: 'restore' };
      },
      toChange: ({ name, before, after }) => ({
        table: /^\w+/.exec(name)?.[0] ?? '',
        op: !before ? 'insert' : !after ? 'delete' : 'update',
        ...(before ? { before: { name } } : {}),
        ...(after ? { after: { name } } : {}),
      }),
      async afterLeave() {
        begun = true;
        if (!forgotten) await control.ask('forget', { vhost }); // messages that came and went, for inspectors
      },
      [Symbol.dispose]: () => {},
    };
  }
}
