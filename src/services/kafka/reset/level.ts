/** A state to which a broker can go back. */
export interface Level {
  readonly topics: ReadonlyMap<string, TopicImage>;
  /** Those that existed; their positions are not kept. */
  readonly groups: ReadonlySet<string>;
}
export interface TopicImage {
  /** What it holds, by partition. */
  readonly batches: readonly (readonly Buffer[])[];
  /** Its own settings. */
  readonly configs: ReadonlyMap<string, string>;
}

export const EMPTY: Level = { topics: new Map(), groups: new Set() };

/** `level` with what has changed from `before` to `after`: a topic that both have changed is as in `after`. */
export function patch(level: Level, before: Level, after: Level): Level {
  const topics = new Map(level.topics);
  for (const name of new Set([...before.topics.keys(), ...after.topics.keys()])) {
    const image = after.topics.get(name);
    if (image === before.topics.get(name)) continue;
    if (image) topics.set(name, image);
    else topics.delete(name);
  }
  return { topics, groups: new Set([...level.groups, ...after.groups]) };
}
