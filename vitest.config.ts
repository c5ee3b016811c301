import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{proto,mock-agent,gateway,reports,scenarios}/**/*.test.ts'],
    globalSetup: ['scenarios/testing/build.ts'],
    // Most tests wait for sockets and processes; more of them at once would wait for the processor.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
