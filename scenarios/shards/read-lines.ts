import { createReadStream } from 'node:fs';

/** More than the longest line: 1,000,000 messages of one character. */
const longestLine = 128 * 2 ** 20;

/**
 * Yields the lines of a file, without their ends, while it is read; the last line needs no end.
 * @throws RangeError for a line that is too long, with its number
 * @throws the system's error for a file that cannot be read
 */
export async function* readLines(path: string): AsyncGenerator<string, void, undefined> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let lines = 0;

  function takeLine(end: Buffer): string {
    const line = pending.length === 0 ? end : Buffer.concat([...pending, end]);
    pending = [];
    pendingBytes = 0;
    lines += 1;
    return line.toString('utf8');
  }

  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    if (!Buffer.isBuffer(piece)) continue;
    let from = 0;
    for (let to = piece.indexOf(10); to >= 0; to = piece.indexOf(10, from)) {
      yield takeLine(piece.subarray(from, to));
      from = to + 1;
    }
    if (from === piece.length) continue;
    pending.push(piece.subarray(from));
    pendingBytes += piece.length - from;
    if (pendingBytes > longestLine) {
      throw new RangeError(`line ${lines + 1} is longer than ${longestLine} bytes`);
    }
  }
  if (pendingBytes > 0) yield takeLine(Buffer.alloc(0));
}
