import { RehearsalError } from '../console/rehearsal-error.ts';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/**
 * Reads a text file whole.
 * @param mostBytes what is larger is refused unread
 * @param flags of `open(2)`, beside reading
 * @returns its text: UTF-8, without a byte order mark
 * @throws RehearsalError (file)
 */
export async function readTextFile(path: string, mostBytes: number, flags = 0): Promise<string> {
  let file: FileHandle;
  try {
    // A pipe that nobody writes must not hold us up.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  } catch (error) {
    throw new RehearsalError('file', explain(error));
  }
  let bytes: Buffer;
  try {
    const found = await file.stat();
    if (found.isDirectory()) throw new RehearsalError('file', 'this is a folder');
    if (!found.isFile())
      throw new RehearsalError('file', 'this is no file, but a device, a pipe or a socket');
    if (found.size > mostBytes) {
      throw new RehearsalError(
        'file',
        `it has ${found.size} bytes, more than the ${mostBytes} allowed`,
      );
    }
    bytes = await file.readFile();
  } finally {
    await file.close();
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RehearsalError('file', 'it is not UTF-8');
  }
}

function explain(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EACCES') return 'it may not be read';
  return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
