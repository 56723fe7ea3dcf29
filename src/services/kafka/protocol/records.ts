import { crc32c } from './crc32c.ts';
import { decompress } from './decompress.ts';
import { int8, int16, int32, int64, varint } from './encode.ts';
import { Reader } from './reader.ts';

export interface KafkaRecord {
  readonly offset: number;
  readonly timeMs: number;
  readonly key: Buffer | undefined;
  /** Undefined: a tombstone. */
  readonly value: Buffer | undefined;
  readonly headers: readonly (readonly [string, Buffer])[];
}

/** A batch as it is stored, format 2. */
export interface Batch {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: number;
  readonly transactional: boolean;
  /** The mark by which a transaction ends, and no record of anybody. */
  readonly control: boolean;
}

const HEADER = 61;
const AT = {
  length: 8,
  epoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastDelta: 23,
  base: 27,
  producerId: 43,
  count: 57,
} as const;
const CODEC = 0b111;
const TRANSACTIONAL = 0b10000;
const CONTROL = 0b100000;

/** The whole batches in what a fetch answers; the last one may be cut. */
export function splitBatches(bytes: Buffer): readonly Batch[] {
  const batches: Batch[] = [];
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const end = at + 12 + bytes.readInt32BE(at + AT.length);
    if (end > bytes.length) break;
    const batch = bytes.subarray(at, end);
    if (batch.readInt8(AT.magic) !== 2) throw new Error(`records are of format ${batch.readInt8(AT.magic)}, and 2 is read here`);
    const attributes = batch.readInt16BE(AT.attributes);
    const baseOffset = Number(batch.readBigInt64BE(0));
    batches.push({
      bytes: batch,
      baseOffset,
      lastOffset: baseOffset + batch.readInt32BE(AT.lastDelta),
      producerId: Number(batch.readBigInt64BE(AT.producerId)),
      transactional: (attributes & TRANSACTIONAL) !== 0,
      control: (attributes & CONTROL) !== 0,
    });
    at = end;
  }
  return batches;
}

export function readRecords({ bytes, baseOffset }: Batch): readonly KafkaRecord[] {
  const baseMs = Number(bytes.readBigInt64BE(AT.base));
  const from = new Reader(decompress(bytes.readInt16BE(AT.attributes) & CODEC, bytes.subarray(HEADER)));
  const sized = () => {
    const length = from.varint();
    return length < 0 ? undefined : from.bytes(length);
  };
  return Array.from({ length: bytes.readInt32BE(AT.count) }, () => {
    from.varint();
    from.int8();
    const timeMs = baseMs + from.varint();
    const offset = baseOffset + from.varint();
    const key = sized();
    const value = sized();
    const headers = Array.from({ length: from.varint() }, () => [String(sized() ?? ''), sized() ?? Buffer.alloc(0)] as const);
    return { offset, timeMs, key, value, headers };
  });
}

export type NewRecord = Omit<KafkaRecord, 'offset'>;

export function toBatch({ timeMs, key, value, headers }: NewRecord): Buffer {
  const sized = (bytes: Buffer | undefined) => (bytes ? Buffer.concat([varint(bytes.length), bytes]) : varint(-1));
  const record = Buffer.concat([
    int8(0),
    varint(0),
    varint(0),
    sized(key),
    sized(value),
    varint(headers.length),
    ...headers.flatMap(([name, content]) => [sized(Buffer.from(name)), sized(content)]),
  ]);
  const records = Buffer.concat([varint(record.length), record]);
  const body = [int16(0), int32(0), int64(timeMs), int64(timeMs), int64(-1), int16(-1), int32(-1), int32(1), records];
  return seal(Buffer.concat([int64(0), int32(0), int32(-1), int8(2), int32(0), ...body]));
}

/** The same records as nobody in particular would write them: no producer, no transaction, so that no sequence is checked. */
export function toPlainBatch({ bytes }: Batch): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeBigInt64BE(0n, 0);
  copy.writeInt32BE(-1, AT.epoch);
  copy.writeInt16BE(copy.readInt16BE(AT.attributes) & ~TRANSACTIONAL, AT.attributes);
  copy.writeBigInt64BE(-1n, AT.producerId);
  copy.writeInt16BE(-1, AT.producerId + 8);
  copy.writeInt32BE(-1, AT.producerId + 10);
  return seal(copy);
}

function seal(batch: Buffer): Buffer {
  batch.writeInt32BE(batch.length - 12, AT.length);
  batch.writeUInt32BE(crc32c(batch.subarray(AT.attributes)), AT.crc);
  return batch;
}
