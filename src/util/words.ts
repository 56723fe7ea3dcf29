/** Splits a command given as one string into words: quotes, backslashes and continued lines as in a POSIX shell, and nothing else of a shell. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let inWord = false;
  let quote: '"' | "'" | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (quote === "'") {
      if (char === "'") quote = undefined;
      else word += char;
    } else if (char === '\\' && text[i + 1] === '\n') {
      i++; // the line goes on
    } else if (char === '\\' && i + 1 < text.length && (!quote || '"\\$`'.includes(text[i + 1] as string))) {
      word += text[++i];
      inWord = true;
    } else if (quote) {
      if (char === quote) quote = undefined;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      inWord = true;
    } else if (/[ \t\r\n]/.test(char)) {
      if (inWord) words.push(word);
      word = '';
      inWord = false;
    } else {
      word += char;
      inWord = true;
    }
  }
  if (quote) throw new TypeError(`unclosed ${quote} in: ${text}`);
  if (inWord) words.push(word);
  return words;
}

/** A word as a POSIX shell reads it back: quoted only where needed. For messages and `export` lines. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
