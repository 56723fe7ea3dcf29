/** Clones of one database that are ready before somebody needs them. */
export interface ReadyClones extends AsyncDisposable {
  /** The name of a clone that is the caller's from now on; made at once when none is ready. */
  take(): Promise<string>;
}

export interface ReadyClonesOptions {
  /** Makes a clone and answers its name. */
  make(): Promise<string>;
  drop(name: string): Promise<void>;
  /** How many are kept ready. */
  readonly count: number;
}

/** The first clones are made when this is called, in the background like all that follow. */
export function createReadyClones({ make, drop, count }: ReadyClonesOptions): ReadyClones {
  const ready: string[] = [];
  let closed = false;
  let filling: Promise<void> | undefined;
  const fill = () => {
    filling ??= (async () => {
      while (!closed && ready.length < count) ready.push(await make());
    })()
      .catch(() => {}) // whoever takes one makes it then, and hears why it fails
      .finally(() => {
        filling = undefined;
      });
  };
  fill();
  return {
    take: async () => {
      const name = ready.shift() ?? (await make());
      fill();
      return name;
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await filling;
      for (const name of ready.splice(0)) await drop(name);
    },
  };
}
