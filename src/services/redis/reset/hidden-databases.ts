/**
 * A server of ours has more databases than the app is told of: behind those of the app come the copies of up to three states (slots), ready
 * copies of big databases (pools), and one for our own notes.
 */
export const SLOTS = 3;
const DEFAULT_COUNT = 16;

export function appDatabases(settings: Readonly<Record<string, string>>): number {
  return Number(settings.databases ?? DEFAULT_COUNT) || DEFAULT_COUNT;
}
/** What the server is started with. */
export function allDatabases(count: number): number {
  return notesDatabase(count) + 1;
}
export function notesDatabase(count: number): number {
  return (SLOTS + 2) * count;
}
