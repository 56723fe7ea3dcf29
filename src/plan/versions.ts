/** `18` fits 18.4, `16.4` fits 16.4 and 16.4.1 but not 16.14. */
export function fits(version: string, asked: string | undefined): boolean {
  return asked === undefined || version === asked || version.startsWith(`${asked}.`);
}

/** Whether the version is one of those that a service offers, or a release of one. */
export function isKnown(asked: string, offered: readonly string[]): boolean {
  return offered.some((version) => fits(asked, version));
}

/** What may stand in for a version that nobody has: its major, then the majors above it, then those below, the nearest first. */
export function replacements(asked: string | undefined, offered: readonly string[]): readonly string[] {
  if (asked === undefined) return [];
  const majors = [...new Set(offered.map(majorOf))];
  const wanted = majorOf(asked);
  const above = majors.filter((major) => major > wanted).sort((a, b) => a - b);
  const below = majors.filter((major) => major < wanted).sort((a, b) => b - a);
  const same = majors.includes(wanted) && asked !== String(wanted) ? [wanted] : [];
  return [...same, ...above, ...below].map(String);
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
