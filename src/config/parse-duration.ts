const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `30m`, `8h` in milliseconds; undefined when it is not a time. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^\s*(\d+)\s*(ms|s|m|min|h|d)\s*$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  return match && unit ? Number(match[1]) * unit : undefined;
}
