/** Reads the primitive types of Kafka's protocol one after another. Reading past the end throws. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }
  int8(): number {
    return this.#bytes.readInt8(this.#skip(1));
  }
  int16(): number {
    return this.#bytes.readInt16BE(this.#skip(2));
  }
  int32(): number {
    return this.#bytes.readInt32BE(this.#skip(4));
  }
  /** Offsets and times stay below 2^53. */
  int64(): number {
    return Number(this.#bytes.readBigInt64BE(this.#skip(8)));
  }
  bool(): boolean {
    return this.int8() !== 0;
  }
  string(): string {
    return this.nullableString() ?? '';
  }
  nullableString(): string | undefined {
    return this.#text(this.int16());
  }
  compactString(): string | undefined {
    return this.#text(this.uvarint() - 1);
  }
  bytes(length: number): Buffer {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }
  /** -1 = null, which is read as empty. */
  nullableBytes(): Buffer {
    return this.bytes(Math.max(0, this.int32()));
  }
  uvarint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#skip(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  /** Zigzag. */
  varint(): number {
    const value = this.uvarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  array<T>(item: () => T): T[] {
    return this.#items(this.int32(), item);
  }
  compactArray<T>(item: () => T): T[] {
    return this.#items(this.uvarint() - 1, item);
  }
  /** Passes over fields that a later version may have added. */
  tags(): void {
    for (let count = this.uvarint(); count > 0; count--) {
      this.uvarint();
      this.bytes(this.uvarint());
    }
  }

  #items<T>(count: number, item: () => T): T[] {
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(item());
    return items;
  }
  #text(length: number): string | undefined {
    return length < 0 ? undefined : this.bytes(length).toString('utf8');
  }
  #skip(length: number): number {
    const at = this.#at;
    if (length < 0 || length > this.left) throw new RangeError(`${length} bytes are expected and ${this.left} are left`);
    this.#at += length;
    return at;
  }
}
