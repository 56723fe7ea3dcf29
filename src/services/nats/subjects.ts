/** A mark in the order of messages: what came before it belongs to a state that was taken back. */
export const RESET_SUBJECT = '_INBOX.seatrial.reset';

/** Replies, and what clients and server tell each other. */
export function isInternal(subject: string): boolean {
  return subject.startsWith('$') || subject.startsWith('_INBOX.') || subject.startsWith('_R_.');
}

/** `*` is one word, `>` at the end is one or more. */
export function matchesSubject(pattern: string, subject: string): boolean {
  const words = subject.split('.');
  const wanted = pattern.split('.');
  for (const [index, word] of wanted.entries()) {
    if (word === '>') return words.length > index;
    if (index >= words.length || (word !== '*' && word !== words[index])) return false;
  }
  return wanted.length === words.length;
}
