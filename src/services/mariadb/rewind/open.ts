import type { StateKeeper } from '../../../core/reset.ts';
import type { Target } from '../connect.ts';
import { openRewindConnection } from './connection.ts';
import { createRewindKeeper } from './keeper.ts';
import { createRewinder, type RewinderOptions } from './rewinder.ts';

/** Installs rewind on a leased server, as a user who may do everything there; the present state is what scope `run` goes back to. */
export async function openRewindKeeper(target: Target, options: RewinderOptions = {}): Promise<StateKeeper> {
  const connection = await openRewindConnection(target);
  try {
    return createRewindKeeper(await createRewinder(connection, options), async () => connection[Symbol.asyncDispose]());
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}
