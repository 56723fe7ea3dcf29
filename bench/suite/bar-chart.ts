export interface Bar {
  readonly label: string;
  readonly value: number;
}

const ROW = 26;
const LEFT = 300;
const WIDTH = 820;

/** A horizontal bar chart as SVG, readable on light and dark pages. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const largest = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ label, value }, index) => {
    const y = 44 + index * ROW;
    const width = Math.max(1, ((WIDTH - LEFT - 70) * value) / largest);
    return [
      `  <text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${label}</text>`,
      `  <rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="18" rx="2"/>`,
      `  <text x="${(LEFT + width + 6).toFixed(1)}" y="${y + 13}">${Math.round(value)}</text>`,
    ].join('\n');
  });
  const height = 52 + bars.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
  <title>${title}</title>
  <style>text { font: 13px sans-serif; fill: #333 } rect { fill: #2f6f9f } @media (prefers-color-scheme: dark) { text { fill: #ddd } }</style>
  <text x="8" y="22" style="font-weight: bold">${title}</text>
${rows.join('\n')}
</svg>
`;
}
