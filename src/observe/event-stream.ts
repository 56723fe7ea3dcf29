import type { RunEvent, RunEventBody } from '../core/event.ts';

/** The one stream of a session. A listener that throws is dropped and never hurts the run. */
export interface EventStream {
  emit(body: RunEventBody): void;
  /** Answers the function that ends the subscription. */
  subscribe(listener: (event: RunEvent) => void): () => void;
  /** The last events, oldest first. */
  recent(): readonly RunEvent[];
}

const KEPT = 1000;

export function createEventStream(): EventStream {
  const listeners = new Set<(event: RunEvent) => void>();
  let kept: RunEvent[] = [];
  return {
    emit: (body) => {
      const event: RunEvent = { at: Date.now(), ...body };
      kept.push(event);
      if (kept.length > KEPT * 2) kept = kept.slice(-KEPT);
      for (const listener of listeners) {
        try {
          listener(event);
        } catch {
          listeners.delete(listener);
        }
      }
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recent: () => kept.slice(-KEPT),
  };
}
