export interface Summary {
  readonly n: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly minMs: number;
  readonly maxMs: number;
}

export function summarize(samplesMs: readonly number[]): Summary {
  if (samplesMs.length === 0) throw new TypeError('no samples');
  const sorted = samplesMs.toSorted((a, b) => a - b);
  const at = (quantile: number) => round(interpolate(sorted, quantile));
  return { n: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), minMs: at(0), maxMs: at(1) };
}

export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

function interpolate(sorted: readonly number[], quantile: number): number {
  const position = (sorted.length - 1) * quantile;
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}
