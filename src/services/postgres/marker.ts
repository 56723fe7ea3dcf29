/**
 * The comment that we write on every database which we make. Nothing is dropped that does not carry it.
 * `token` names the book which made it, `since` is a time in milliseconds.
 */
export interface Marker {
  readonly what: 'template' | 'captured template' | `lease ${string}`;
  readonly token: string;
  readonly since: number;
}

export function toMarker({ what, token, since }: Marker): string {
  return `seatrial ${what} of ${token} since ${since}`;
}

export function parseMarker(comment: string | null | undefined): Marker | undefined {
  const [, what, token, since] =
    /^seatrial ((?:captured )?template|lease [a-z0-9]+) of ([0-9a-f]+) since (\d+)$/.exec(comment ?? '') ?? [];
  return what && token && since ? { what: what as Marker['what'], token, since: Number(since) } : undefined;
}
