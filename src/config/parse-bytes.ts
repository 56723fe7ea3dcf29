const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `512m`, `1.5g`: as Docker reads sizes. */
export function parseBytes(text: string): number {
  const [, amount = '', unit = ''] = /^([\d.]+)\s*([kmg])/i.exec(text) ?? [];
  return Math.round(Number(amount) * (UNITS[unit.toLowerCase()] ?? 1));
}
