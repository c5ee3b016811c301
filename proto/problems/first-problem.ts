import type { z } from 'zod';

/** Returns the first problem of a parse with its path: `shard.number: must be at least 1`. */
export function firstProblem({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'is not valid';
  const path = issue.path.map(String).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}
