/** A name as a slug: lower case, `[a-z0-9-]`, at most 40 characters. `@acme/Orders_API` is `orders-api`. */
export function toSlug(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/^@[^/]*\//, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'project' : slug;
}
