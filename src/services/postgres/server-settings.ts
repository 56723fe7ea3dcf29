/**
 * Settings of the test server: what the official image has, minus what only serves data that outlives the machine.
 * `synchronous_commit` stays on: with fsync off a commit costs one write into the page cache, a committed row survives a killed
 * server, and logical decoding sees it at once. `wal_level` stays `replica`, as in the image. Autovacuum is off (it would take locks and
 * transaction ids in the middle of a test; migrations and seed are followed by ANALYZE). The WAL stays within its budget of 256 MB.
 */
export function serverSettings(version: string, asked: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const major = Number.parseInt(version, 10);
  return {
    fsync: 'off',
    full_page_writes: 'off',
    dynamic_shared_memory_type: 'mmap', // in the data directory: a server that is killed leaves nothing in /dev/shm
    shared_buffers: '32MB',
    max_connections: '500',
    // Their tables are made at each start: 500 connections with 16 locks each are more than the usual 100 with 64, and start 7 ms sooner.
    max_locks_per_transaction: '16',
    max_pred_locks_per_transaction: '16',
    autovacuum: 'off',
    jit: 'off',
    checkpoint_timeout: '1h',
    min_wal_size: '32MB',
    max_wal_size: '192MB',
    wal_init_zero: 'off',
    wal_recycle: 'off',
    bgwriter_lru_maxpages: '0',
    ...(asked.wal_level === 'logical' ? {} : { max_logical_replication_workers: '0' }),
    ...(major >= 18 ? { io_method: 'sync' } : {}),
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    logging_collector: 'off',
    log_destination: 'stderr',
    ...asked,
  };
}

/** Settings that the session decides: a value from the user would break readiness or cleaning. */
export const RESERVED_SETTINGS: readonly string[] = [
  'listen_addresses',
  'port',
  'unix_socket_directories',
  'data_directory',
  'config_file',
  'hba_file',
  'ident_file',
  'external_pid_file',
  'logging_collector',
  'log_destination',
];

export function toArguments(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
