/** Clones of one database that are ready before somebody needs them. */
export interface ReadyClones extends AsyncDisposable {
  /** The name of a clone that is the caller's from now on; when none is ready, the next that is made. */
  take(): Promise<string>;
  /** Makes others for those that were taken; to be called when they are in use, since the server has its hands full with a copy. */
  refill(): void;
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
  const waiting: { resolve(name: string): void; reject(why: unknown): void }[] = [];
  let closed = false;
  let filling: Promise<void> | undefined;
  const fill = () => {
    filling ??= (async () => {
      while (waiting.length > 0 || (!closed && ready.length < count)) {
        const name = await make();
        const next = waiting.shift();
        if (next) next.resolve(name);
        else ready.push(name);
      }
    })()
      .catch((why: unknown) => {
        for (const { reject } of waiting.splice(0)) reject(why); // when nobody waits, the next one hears why it fails
      })
      .finally(() => {
        filling = undefined;
        if (waiting.length > 0) fill(); // somebody came after the last look
      });
  };
  fill();
  return {
    take: () => {
      const name = ready.shift();
      if (name !== undefined) return Promise.resolve(name);
      const taken = new Promise<string>((resolve, reject) => waiting.push({ resolve, reject }));
      fill();
      return taken;
    },
    refill: fill,
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await filling;
      for (const name of ready.splice(0)) await drop(name);
    },
  };
}
