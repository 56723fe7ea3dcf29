import supertest from 'supertest';
import { afterAll, beforeAll } from 'vitest';
import { createApp } from '../../src/app.ts';
import { closeStores, openStores, type Stores } from '../../src/stores.ts';

/** The app in this process on the real stores, and the stores themselves, to look behind its back. */
export interface Backend extends Stores {
  readonly api: ReturnType<typeof supertest>;
}

/** Opens the stores before the first test of the `describe` block that it is called in, and closes them after the last. */
export function useBackend(): Backend {
  let stores: Stores | undefined;
  let api: Backend['api'] | undefined;
  beforeAll(() => {
    stores = openStores();
    api = supertest(createApp(stores));
  });
  afterAll(async () => {
    if (stores) await closeStores(stores);
  });
  return {
    get db() {
      return opened(stores).db;
    },
    get redis() {
      return opened(stores).redis;
    },
    get api() {
      return opened(api);
    },
  };
}

function opened<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the backend is open only inside a test');
  return value;
}
