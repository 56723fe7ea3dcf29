/** Cuts a stream into messages of PostgreSQL: a type byte, where there is one, and a length of four bytes that counts itself. */
export interface Framing {
  /** False from then on: messages have no type byte. */
  typed: boolean;
  read(bytes: Buffer): void;
  /** How many of these next bytes belong to the message that has begun, as far as its length is known; 0 between messages. */
  restOf(bytes: Buffer): number;
}

/** `onMessage` hears of each message when its last byte has come; it sees no more than `peek` bytes of the body. */
export function createFraming(peek: number, onMessage: (type: string, body: Buffer) => void): Framing {
  const head = Buffer.alloc(5 + peek);
  let have = 0; // bytes of the message that have come
  const prefix = () => (framing.typed ? 5 : 4);
  const size = () => prefix() + Math.max(0, head.readUInt32BE(prefix() - 4) - 4);
  /** Where the message ends, or its length when that is not known yet. */
  const known = () => (have < prefix() ? prefix() : size());
  const framing: Framing = {
    typed: true,
    read(bytes) {
      let at = 0;
      while (at < bytes.length) {
        const taken = Math.min(known() - have, bytes.length - at);
        if (have < head.length) bytes.copy(head, have, at, at + Math.min(taken, head.length - have));
        have += taken;
        at += taken;
        if (have < prefix() || have < size()) continue;
        const [start, end] = [prefix(), Math.min(size(), prefix() + peek)];
        have = 0;
        onMessage(framing.typed ? String.fromCharCode(head[0] as number) : '', head.subarray(start, end));
      }
    },
    restOf: (bytes) => (have === 0 ? 0 : Math.min(known() - have, bytes.length)),
  };
  return framing;
}
