/** Replaces `${a.b}` by `lookUp('a.b')`; `$$` stands for one `$`. An unknown name is returned by `lookUp` as undefined and reported through `onMissing`. */
export function fillTemplate(
  text: string,
  lookUp: (name: string) => string | undefined,
  onMissing: (name: string) => never,
): string {
  return text.replace(/\$\$|\$\{([^}]*)\}/g, (match, name: string | undefined) => {
    if (name === undefined) return match === '$$' ? '$' : match;
    return lookUp(name.trim()) ?? onMissing(name.trim());
  });
}
