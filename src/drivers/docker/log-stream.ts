import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';

const HEADER_BYTES = 8;

/** Appends the output of a container to a file, without the frames in which the engine sends it. Resolves when it has ended. */
export async function writeLog(stream: IncomingMessage, file: string): Promise<void> {
  const fd = fs.openSync(file, 'a', 0o600);
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
      for (let frame = firstFrame(rest); frame; frame = firstFrame(rest)) {
        fs.writeSync(fd, frame);
        rest = rest.subarray(HEADER_BYTES + frame.length);
      }
    }
  } catch {
    // the engine has closed it
  } finally {
    fs.closeSync(fd);
  }
}

/** What a command has written, without the frames. */
export function withoutFrames(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let rest = bytes;
  for (let frame = firstFrame(rest); frame; frame = firstFrame(rest)) {
    parts.push(frame);
    rest = rest.subarray(HEADER_BYTES + frame.length);
  }
  return Buffer.concat(parts);
}

/** A frame is one byte for the stream, three of nothing, four for the length, and so many bytes. */
function firstFrame(bytes: Buffer): Buffer | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const end = HEADER_BYTES + bytes.readUInt32BE(4);
  return bytes.length < end ? undefined : bytes.subarray(HEADER_BYTES, end);
}
