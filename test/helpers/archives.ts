import { crc32, gzipSync } from 'node:zlib';

/** One entry of a hand-made archive, as hostile as a test wants it. */
export interface MadeEntry {
  readonly name: string;
  readonly text?: string;
  /** Permission bits; default 0644. */
  readonly mode?: number;
  /** `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` folder, `6` FIFO. */
  readonly tarType?: string;
  readonly linkTo?: string;
  /** Whole Unix mode with its file type, for zip entries. */
  readonly unixMode?: number;
}

export function makeTgz(entries: readonly MadeEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const body = Buffer.from(entry.text ?? '');
    return [tarHeader(entry, body.length), body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]));
}

export function makeZip(entries: readonly MadeEntry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const body = Buffer.from(entry.text ?? '');
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    sizes(local, 14, body, name);
    locals.push(local, name, body);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE((3 << 8) | 20, 4);
    record.writeUInt16LE(20, 6);
    sizes(record, 16, body, name);
    record.writeUInt32LE(((entry.unixMode ?? 0o100000 | (entry.mode ?? 0o644)) << 16) >>> 0, 38);
    record.writeUInt32LE(offset, 42);
    central.push(record, name);
    offset += local.length + name.length + body.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function sizes(header: Buffer, at: number, body: Buffer, name: Buffer): void {
  header.writeUInt32LE(crc32(body), at);
  header.writeUInt32LE(body.length, at + 4);
  header.writeUInt32LE(body.length, at + 8);
  header.writeUInt16LE(name.length, at + 12);
}

function tarHeader(entry: MadeEntry, size: number): Buffer {
  const header = Buffer.alloc(512);
  const put = (text: string, at: number) => header.write(text, at, 'latin1');
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  put(entry.name, 0);
  put(octal(entry.mode ?? 0o644, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(0, 11), 136);
  put(' '.repeat(8), 148);
  put(entry.tarType ?? '0', 156);
  put(entry.linkTo ?? '', 157);
  put('ustar\x0000', 257);
  put(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return header;
}
