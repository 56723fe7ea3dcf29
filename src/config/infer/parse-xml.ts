export interface XmlElement {
  /** Without a prefix. */
  readonly name: string;
  /** Its own text, not that of its children. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}
interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: OpenElement[];
}

const TOKEN =
  /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[(?<cdata>[\s\S]*?)(?:\]\]>|$)|<[?!][^>]*>|<\/(?<end>[^\s>]+)\s*>|<(?<start>[^\s/>]+)(?<rest>(?:"[^"]*"|'[^']*'|[^"'>])*)>|(?<text>[^<]+)|</g;

/**
 * As much of XML as a pom.xml uses: elements and their text. Attributes, comments, declarations and entities are of no interest. Never
 * throws: a manifest is only looked at for what it tells, so what can't be read is skipped. Returns what holds the document's element.
 */
export function parseXml(text: string): XmlElement {
  const document: OpenElement = { name: '', text: '', children: [] };
  let path = [document];
  for (const { groups = {} } of text.matchAll(TOKEN)) {
    const parent = path.at(-1) ?? document;
    if (groups.start !== undefined) {
      const element: OpenElement = { name: withoutPrefix(groups.start), text: '', children: [] };
      parent.children.push(element);
      if (!groups.rest?.endsWith('/')) path.push(element);
    } else if (groups.end !== undefined) {
      const name = withoutPrefix(groups.end);
      const depth = path.findLastIndex((element) => element.name === name);
      if (depth > 0) path = path.slice(0, depth);
    } else parent.text += groups.cdata ?? groups.text ?? '';
  }
  return document;
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
