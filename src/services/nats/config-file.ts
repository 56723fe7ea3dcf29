/** `name: value` lines of nats-server.conf; `block.name` is in its block. */
export function toConfigFile(settings: Readonly<Record<string, string>>): string {
  const blocks = new Map<string, string[]>();
  for (const [name, value] of Object.entries(settings)) {
    const [block, inner] = name.includes('.') ? name.split('.') : ['', name];
    const lines = blocks.get(block as string) ?? [];
    lines.push(`${inner}: ${toValue(value)}`);
    blocks.set(block as string, lines);
  }
  return [...blocks].flatMap(([block, lines]) => (block === '' ? lines : [`${block} {`, ...lines, '}'])).join('\n');
}

/** Numbers, sizes, durations and booleans are bare words. */
function toValue(value: string): string {
  return /^[A-Za-z0-9_.+-]+$/.test(value) ? value : JSON.stringify(value);
}
