import { execFileSync } from 'node:child_process';

import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Whether `dist` was built for this test run. */
    isBuilt: boolean;
  }
}

/** Builds what users run, once, before any test: the command-line tests start nothing else. */
export default function build({ provide }: TestProject): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  provide('isBuilt', true);
}
