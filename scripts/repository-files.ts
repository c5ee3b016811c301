import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Returns the paths of all files that git tracks or would add; with patterns, only those that match one. */
export function repositoryFiles(...patterns: readonly string[]): string[] {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns];
  return execFileSync('git', listed, { encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(file));
}
