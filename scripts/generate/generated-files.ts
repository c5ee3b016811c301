import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

const texts = new Map<string, string>();

/** Returns the text of a file as generated so far, or as it is on disk. */
export function readGenerated(path: string): string {
  return texts.get(path) ?? readFileSync(join(root, path), 'utf8');
}

/**
 * Takes the text of a generated file; `generate.ts` formats and writes it.
 * @param path from the root
 */
export function writeGenerated(path: string, text: string): void {
  texts.set(path, text);
}

/** Returns every generated text by its path from the root. */
export const generatedFiles = (): ReadonlyMap<string, string> => texts;
