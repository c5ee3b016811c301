import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{proto,mock-agent,gateway,reports,scenarios}/**/*.test.ts'],
    globalSetup: ['scenarios/testing/build.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
