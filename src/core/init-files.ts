import type { ContainerFile } from './image-spec.ts';

const INIT_FOLDER = '/docker-entrypoint-initdb.d';

/**
 * Scripts for the init folder of official database images, which run them by name: `first` before all others, then those of the user in their
 * order. Names that are in order already stay as they are: scripts may name one another.
 */
export function initFiles(first: string, scripts: readonly string[]): readonly ContainerFile[] {
  const names = scripts.map((file) => file.slice(file.lastIndexOf('/') + 1));
  const inOrder = names.every((name, index) => index === 0 || (names[index - 1] as string) < name);
  return [
    ...(first ? [{ path: `${INIT_FOLDER}/0000000000-seatrial.sql`, content: first }] : []),
    ...scripts.map((file, index) => ({
      path: `${INIT_FOLDER}/${inOrder ? '' : `${String(index + 1).padStart(9, '0')}-`}${names[index]}`,
      content: { file },
      mode: 0o755,
    })),
  ];
}
