/** Where a running service answers. `addresses` holds every loopback literal on which it listens: `127.0.0.1`, and `::1` where the machine has it. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly unixSocket?: string;
  /** A server of our own: the Unix socket on which it takes commands (`util/program-control`). */
  readonly control?: string;
  /** Of a container: where its ports are published, by port inside. */
  readonly ports?: Readonly<Record<number, number>>;
}

/**
 * What a client needs to connect, by field name as it appears in templates: `${db.url}`, `${db.user}`.
 * `url`, `host` and `port` are always there; others (`user`, `password`, `database`, `jdbcUrl`) by service.
 */
export interface ConnectionFields {
  readonly url: string;
  readonly host: string;
  readonly port: string;
  readonly [field: string]: string;
}
