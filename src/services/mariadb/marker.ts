/**
 * The comment of a procedure that we make in every database which is ours on a server that is not: databases have no comments in MySQL, and a
 * procedure is in no list of tables. Nothing is dropped that does not carry it. `token` names the book which made it, `since` is a time in ms.
 */
export interface Marker {
  readonly what: 'template' | `lease ${string}`;
  readonly token: string;
  readonly since: number;
}

export const MARKER_NAME = 'seatrial_marker';

export function toMarker({ what, token, since }: Marker): string {
  return `seatrial ${what} of ${token} since ${since}`;
}

export function parseMarker(comment: unknown): Marker | undefined {
  const [, what, token, since] =
    /^seatrial (template|lease [a-z0-9]+) of ([0-9a-f]+) since (\d+)$/.exec(String(comment ?? '')) ?? [];
  return what && token && since ? { what: what as Marker['what'], token, since: Number(since) } : undefined;
}
