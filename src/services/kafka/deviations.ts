/** Where a test broker differs from one of the version that was asked for, one line each. */
export function deviations(version: string, driver: string, asked: string | undefined): readonly string[] {
  if (driver !== 'embedded') return [];
  const major = asked?.split('.')[0];
  const other = asked !== undefined && major !== '4';
  return [
    ...(other
      ? [`Kafka ${version} in the place of ${asked}: clients older than 2.1 are refused, and there is no ZooKeeper`]
      : []),
    'one node in KRaft mode, without TLS and SASL; no schema registry, no Kafka Connect',
    'topics are not compacted (log.cleaner.enable=false)',
  ];
}
