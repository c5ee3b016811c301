import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{proto,client,mock-agent,gateway,reports,scenarios,bench,scripts}/**/*.test.ts'],
    globalSetup: ['scenarios/e2e/support/build.ts'],
    // Most tests wait for sockets and processes; more of them at once would wait for the processor.
    maxWorkers: 2,
    // Bounds, not measures: a busy machine starts a process in ten seconds, and no test is to fail for that.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
