import zlib from 'node:zlib';

/** The records of a batch, by the codec in its attributes. */
export function decompress(codec: number, bytes: Buffer): Buffer {
  switch (codec) {
    case 0:
      return bytes;
    case 1:
      return zlib.gunzipSync(bytes);
    case 2:
      return snappy(bytes);
    case 3:
      return lz4(bytes);
    case 4:
      return zlib.zstdDecompressSync(bytes);
    default:
      throw new Error(`records are compressed by codec ${codec}, which is not known`);
  }
}

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

/** Java's clients write blocks behind a header of their own; others one block. */
function snappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, 8).equals(XERIAL)) return snappyBlock(bytes);
  const blocks: Buffer[] = [];
  for (let at = 16; at < bytes.length; ) {
    const size = bytes.readInt32BE(at);
    blocks.push(snappyBlock(bytes.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return Buffer.concat(blocks);
}

function snappyBlock(bytes: Buffer): Buffer {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes.readUInt8(at++);
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const out = Buffer.alloc(size);
  let to = 0;
  while (at < bytes.length) {
    const tag = bytes.readUInt8(at++);
    if ((tag & 3) === 0) {
      let length = tag >> 2;
      if (length >= 60) {
        const width = length - 59;
        length = bytes.readUIntLE(at, width);
        at += width;
      }
      bytes.copy(out, to, at, at + length + 1);
      at += length + 1;
      to += length + 1;
      continue;
    }
    const short = (tag & 3) === 1;
    const width = short ? 1 : (tag & 3) === 2 ? 2 : 4;
    const distance = (short ? (tag >> 5) * 256 : 0) + bytes.readUIntLE(at, width);
    at += width;
    to = repeat(out, to, distance, short ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1);
  }
  return out;
}

/** An LZ4 frame. Checksums are passed over: the batch has one of its own. */
function lz4(bytes: Buffer): Buffer {
  const flags = bytes.readUInt8(4);
  let at = 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  const blocks: Buffer[] = [];
  for (;;) {
    const size = bytes.readUInt32LE(at);
    at += 4;
    if (size === 0) return Buffer.concat(blocks);
    const length = size & 0x7fffffff;
    const block = bytes.subarray(at, at + length);
    blocks.push(size >= 0x80000000 ? block : lz4Block(block, flags & 0x20 ? Buffer.alloc(0) : Buffer.concat(blocks)));
    at += length + (flags & 0x10 ? 4 : 0);
  }
}

function lz4Block(bytes: Buffer, before: Buffer): Buffer {
  let out = Buffer.concat([before, Buffer.alloc(Math.max(1024, bytes.length * 4))]);
  let at = 0;
  let to = before.length;
  const more = (length: number) => {
    let total = length;
    for (let byte = 255; length === 15 && byte === 255; total += byte) byte = bytes.readUInt8(at++);
    return total;
  };
  const room = (length: number) => {
    if (to + length > out.length) out = Buffer.concat([out, Buffer.alloc(Math.max(length, out.length))]);
  };
  while (at < bytes.length) {
    const token = bytes.readUInt8(at++);
    const literals = more(token >> 4);
    room(literals);
    bytes.copy(out, to, at, at + literals);
    at += literals;
    to += literals;
    if (at >= bytes.length) break; // the last sequence has no match
    const distance = bytes.readUInt16LE(at);
    at += 2;
    const length = more(token & 15) + 4;
    room(length);
    to = repeat(out, to, distance, length);
  }
  return out.subarray(before.length, to);
}

/** Copies what was written `distance` bytes ago, which may overlap with what is being written. */
function repeat(out: Buffer, to: number, distance: number, length: number): number {
  if (distance === 0 || distance > to) throw new Error('the compressed records are damaged');
  for (let i = 0; i < length; i++) out[to + i] = out[to + i - distance] as number;
  return to + length;
}
