/** Settings that the session decides: another value would break readiness or cleaning. */
export const RESERVED_SETTINGS: readonly string[] = [
  'port',
  'bind',
  'dir',
  'daemonize',
  'protected-mode',
  'requirepass',
  'pidfile',
  'logfile',
  'unixsocket',
  'supervised',
  'tls-port',
  'cluster-enabled',
  'replicaof',
  'slaveof',
];
