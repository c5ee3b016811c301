import { execFileSync } from 'node:child_process';

import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Whether `dist` was built for this test run. */
    isBuilt: boolean;
  }
}

/** Builds `dist` once before all tests, since the command-line tests run the built command. */
export default function build({ provide }: TestProject): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  provide('isBuilt', true);
}
