/** The primitive types of Kafka's protocol; a message is their concatenation. */

export const int8 = (value: number): Buffer => Buffer.from([value & 0xff]);
export const bool = (value: boolean): Buffer => int8(value ? 1 : 0);
export const string = (text: string): Buffer => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
export const nullString = (): Buffer => int16(-1);
export const bytes = (value: Buffer): Buffer => Buffer.concat([int32(value.length), value]);
export const array = (items: readonly Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items]);

export function int16(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(2);
  buffer.writeInt16BE(value);
  return buffer;
}

export function int32(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(4);
  buffer.writeInt32BE(value);
  return buffer;
}

export function int64(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(8);
  buffer.writeBigInt64BE(BigInt(value));
  return buffer;
}

export function uvarint(value: number): Buffer {
  const found: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) found.push((rest % 128) | 0x80);
  return Buffer.from([...found, rest]);
}

/** Zigzag. */
export function varint(value: number): Buffer {
  return uvarint(value >= 0 ? value * 2 : -value * 2 - 1);
}

export function compactString(text: string): Buffer {
  return Buffer.concat([uvarint(Buffer.byteLength(text) + 1), Buffer.from(text)]);
}
