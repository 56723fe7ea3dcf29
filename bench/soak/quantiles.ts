export interface Quantiles {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** In whole milliseconds; undefined when there are no samples. */
export function quantiles(samplesMs: readonly number[]): Quantiles | undefined {
  if (samplesMs.length === 0) return undefined;
  const sorted = samplesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
