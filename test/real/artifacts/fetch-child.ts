// Fetches one entry in a process of its own: `node fetch-child.ts JSON`, with `{ entry, uid? }`. Prints the result or the error as one line of JSON.
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import { toSeatrialError } from '../../../src/errors.ts';

const { entry, uid } = JSON.parse(process.argv[2] as string);
if (uid !== undefined) {
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}
const fetcher = createFetcher({}, { entries: [entry] });
try {
  const tools = await fetcher.fetch(entry.key, undefined, { signal: AbortSignal.timeout(60_000), progress: () => {} });
  console.log(JSON.stringify({ version: tools.version, server: tools.bin('server') }));
} catch (error) {
  console.log(JSON.stringify({ error: toSeatrialError(error).toJSON() }));
}
