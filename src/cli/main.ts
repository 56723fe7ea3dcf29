#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { makeCacheFolder } from '../util/platform/cache-folder.ts';
import { cacheDir } from '../util/platform/folders.ts';

// Programs that are started from here work in other folders.
for (const name of ['SEATRIAL_CACHE_DIR', 'SEATRIAL_RUNTIME_DIR', 'SEATRIAL_DATA_DIR'])
  if (process.env[name]) process.env[name] = path.resolve(process.env[name]);

try {
  makeCacheFolder(); // before Node does, with the rights that the umask leaves
} catch {
  // a cache that can't be written is told by who needs it
}
enableCompileCache?.(path.join(cacheDir(), 'compile'));
const { main } = await import('./program.ts');
await main(process.argv);
