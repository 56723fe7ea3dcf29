import type { Address, Email } from 'postal-mime';

/** A mail as tests look at it. */
export interface ReadMail {
  /** By lower-case name; of several with one name, their values one below the other. */
  readonly headers: Readonly<Record<string, string>>;
  readonly subject: string;
  readonly from: string;
  /** Addresses of the headers, without names. */
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly replyTo: readonly string[];
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly ReadAttachment[];
  /** Of the HTML's `href`s and of the text, each once. */
  readonly links: readonly string[];
  /** Numbers of six digits that stand alone: those that people are asked to type. */
  readonly codes: readonly string[];
}
export interface ReadAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: number;
  /** In Base64. */
  readonly content: string;
}

export async function readMail(raw: Buffer): Promise<ReadMail> {
  const { default: PostalMime } = await import('postal-mime');
  const email = await PostalMime.parse(raw);
  const { text = '', html = '' } = email;
  const visible = text === '' ? withoutTags(html) : text;
  return {
    headers: headersOf(email),
    subject: email.subject ?? '',
    from: addressesOf(email.from && [email.from])[0] ?? '',
    to: addressesOf(email.to),
    cc: addressesOf(email.cc),
    replyTo: addressesOf(email.replyTo),
    text,
    html,
    attachments: email.attachments.map(({ filename, mimeType, content }) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as ArrayBuffer);
      return { filename: filename ?? '', contentType: mimeType, bytes: bytes.length, content: bytes.toString('base64') };
    }),
    links: [...new Set([...hrefsOf(html), ...linksOf(visible)])],
    codes: [...new Set(visible.replace(LINK, ' ').match(/(?<![\w#.,-])\d{6}(?![\w-]|[.,]\d)/g) ?? [])],
  };
}

const LINK = /\bhttps?:\/\/[^\s<>"]+/g;

/** A full stop or bracket behind an address ends the sentence, not the address. */
function linksOf(text: string): readonly string[] {
  return (text.match(LINK) ?? []).map((link) => link.replace(/[.,;:!?'"\])}]+$/, ''));
}

function hrefsOf(html: string): readonly string[] {
  const hrefs = [...html.matchAll(/\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)].map(([, double, single]) => double ?? single ?? '');
  return hrefs.map(decodeEntities).filter((href) => /^https?:/i.test(href));
}

function withoutTags(html: string): string {
  return decodeEntities(html.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '));
}

function decodeEntities(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))).replaceAll('&amp;', '&');
}

function headersOf({ headers }: Email): Readonly<Record<string, string>> {
  const named: Record<string, string> = {};
  for (const { key, value } of headers) named[key] = key in named ? `${named[key]}\n${value}` : value;
  return named;
}

function addressesOf(addresses: readonly Address[] | undefined): readonly string[] {
  return (addresses ?? []).flatMap((one) => (one.group ? one.group.map(({ address }) => address) : one.address));
}
