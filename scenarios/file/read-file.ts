import { RehearsalError } from '../console/rehearsal-error.ts';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/**
 * Reads a text file.
 * @param mostBytes larger files are refused unread
 * @param flags more flags of `open(2)`
 * @returns the text, decoded from UTF-8, without a byte order mark
 * @throws RehearsalError (file)
 */
export async function readTextFile(path: string, mostBytes: number, flags = 0): Promise<string> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK, opening a pipe without a writer would block.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  } catch (error) {
    throw new RehearsalError('file', explain(error));
  }
  let bytes: Buffer;
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new RehearsalError('file', 'this is a folder');
    if (!stats.isFile())
      throw new RehearsalError('file', 'this is a device, a pipe or a socket, not a file');
    if (stats.size > mostBytes) {
      throw new RehearsalError(
        'file',
        `it has ${stats.size} bytes, more than the ${mostBytes} allowed`,
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
