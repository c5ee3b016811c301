import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

const testsIn = (...rooms: string[]) => rooms.map((room) => `${room}/**/*.test.ts`);

const notOurs = ['**/node_modules/**'];

/** Rooms of pure functions. */
const pure = testsIn(
  'proto',
  'reports',
  'mock-agent/{faults,plan,text}',
  'scenarios/{compare,expect,file}',
);

/** Tests of pure functions in other rooms. */
const pureToo = [
  'scenarios/commands/progress.test.ts',
  'scenarios/flags/{agent-address,agent-metadata-flag,change-load,gateway-settings,server-flags,shard-options,unknown-variables}.test.ts',
  'scenarios/console/{exit-codes,format-log-line,mask-urls,terminal}.test.ts',
  'scenarios/testkit/expect-requests.test.ts',
];

/**
 * Tests under fake timers, which open nothing. In a process with connections of other files `vi.getTimerCount()` would
 * count their timers too, and the fake clock would run them.
 */
const underFakeTimers = [
  'client/timer.test.ts',
  'gateway/agent/silence-watch.test.ts',
  'gateway/monitor/target-window.test.ts',
  'gateway/stream/{limit,stream,stream.hold}.test.ts',
  'mock-agent/play/{deadlines,hold,play}.test.ts',
  'scenarios/processes/watch-answers.test.ts',
];

/** Tests of whole stacks in one process. */
const stacks = [
  'scenarios/command-line.test.ts',
  'scenarios/commands/{check,check-agent-tls,compare,plan,run-middle,run-shard,validate}.test.ts',
  'scenarios/{control,e2e/dialects,testkit}/*.test.ts',
  'scenarios/e2e/catalog*.test.ts',
  'scenarios/e2e/{client-library,free-text,hold,load-transports,longest-message,readers,recipes,resume,slow-accept}.test.ts',
  'scenarios/e2e/{target-certificates,testing-guide,tls}.test.ts',
  'scenarios/e2e/proofs/nginx.test.ts',
  'scenarios/processes/send-times.test.ts',
  'scenarios/record/record-{dialects,stream,tls}.test.ts',
  'scenarios/run/fingerprint-scenario.test.ts',
];

/** Tests of commands and of several processes: they need the build. */
const system = [
  ...testsIn('scenarios/{commands,console,control,e2e,flags,processes,record,run,testkit}'),
  'scenarios/*.test.ts',
];

/** Tests of browsers, and those that take long: they need the build too. */
const slow = ['**/*.browser.test.ts', '**/*.slow.test.ts'];

/** Most tests wait for a while, so there are more workers than processors. */
const maxWorkers = Math.max(4, availableParallelism());

/** The newest SDKs in place of those that Node 20 runs: they need Node 22 (`make test-nodes`). */
const newestSdks = [
  { find: /^openai(?=\/|$)/, replacement: 'openai-7' },
  { find: /^ai$/, replacement: 'ai-7' },
  { find: /^@ai-sdk\/openai$/, replacement: '@ai-sdk/openai-4' },
  { find: /^@ai-sdk\/anthropic$/, replacement: '@ai-sdk/anthropic-4' },
  { find: /^@ai-sdk\/openai-compatible$/, replacement: '@ai-sdk/openai-compatible-3' },
];

export default defineConfig({
  resolve: { alias: process.env['SDKS'] === 'newest' ? newestSdks : [] },
  test: {
    // Bounds, not measures: a busy machine starts a process in ten seconds, and no test is to fail for that.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers,
    // Transformed modules, kept in node_modules from one run to the next.
    experimental: { fsModuleCache: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: [...pure, ...pureToo, ...underFakeTimers],
          exclude: [...slow, ...notOurs],
          // The files of a worker share its process, which loads every module once.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: testsIn('{client,mock-agent,gateway,scenarios,bench,scripts}'),
          exclude: [...pure, ...underFakeTimers, ...system, ...slow, ...notOurs],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'stacks',
          include: stacks,
          exclude: [...pureToo, ...slow, ...notOurs],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: system,
          exclude: [...pureToo, ...underFakeTimers, ...stacks, ...slow, ...notOurs],
          globalSetup: ['scenarios/e2e/support/build.ts'],
          // A second try for a machine that stands still for seconds. The output names it (retry x1): look at each.
          retry: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: slow,
          exclude: notOurs,
          globalSetup: ['scenarios/e2e/support/build.ts'],
          retry: 1,
        },
      },
    ],
  },
});
