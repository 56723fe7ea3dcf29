import dns from 'node:dns/promises';
import { runCommand } from './run-command.ts';

/**
 * The addresses of a host, as every program of this machine finds them. In a process of its own where that can be: Node's own look-up can't
 * be cancelled, and keeps a process that wants to end for as long as a silent name server is asked. Rejects when there are none.
 */
export async function lookUpHost(host: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { stdout } = await runCommand('getent', ['ahosts', host], { signal });
    return [...new Set(stdout.split('\n').flatMap((line) => line.split(/\s+/)[0] || []))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return (await dns.lookup(host, { all: true })).map(({ address }) => address);
  }
}
