import type { Endpoint } from './connection.ts';
import type { Json } from './json.ts';

/** What is common to all steps in making the data of a server. */
export interface LayerBase {
  readonly title: string;
  readonly key: Json | undefined;
  /** A cached result older than this is made anew. */
  readonly maxAgeMs?: number;
}
/** A step on the running server. */
export interface OnlineLayer extends LayerBase {
  readonly kind: 'online';
  build(context: OnlineContext): Promise<void>;
}
export interface OnlineContext {
  readonly endpoint: Endpoint;
  /** Each line of progress or output of the step. */
  log(line: string): void;
  readonly signal: AbortSignal;
}
