/** What has to be undone, last thing first. What `AsyncDisposableStack` is, for the versions of Node that have none. */
export interface CleanUpStack extends AsyncDisposable {
  use<T extends AsyncDisposable | Disposable>(resource: T): T;
  defer(undo: () => void | Promise<void>): void;
  /** Hands everything over to a new stack; this one is empty then. */
  move(): CleanUpStack;
}

export function createCleanUpStack(steps: (() => void | Promise<void>)[] = []): CleanUpStack {
  const defer: CleanUpStack['defer'] = (undo) => void steps.push(undo);
  return {
    defer,
    use: (resource) => {
      defer(
        () => (Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose]()) as Promise<void>,
      );
      return resource;
    },
    move: () => createCleanUpStack(steps.splice(0)),
    [Symbol.asyncDispose]: async () => {
      const failures: unknown[] = [];
      for (let undo = steps.pop(); undo; undo = steps.pop()) {
        try {
          await undo();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length === 1) throw failures[0];
      if (failures.length > 1) throw new AggregateError(failures, 'several things could not be cleaned up');
    },
  };
}
