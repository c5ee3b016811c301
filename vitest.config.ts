import { defineConfig } from 'vitest/config';

const testsIn = (...rooms: string[]) => rooms.map((room) => `${room}/**/*.test.ts`);

/** Rooms of pure functions: their test files share processes, which load every module once. */
const pure = testsIn(
  'proto',
  'reports',
  'mock-agent/{faults,plan,text}',
  'scenarios/{compare,expect,file}',
);

/** Tests of commands, of browsers and of whole stacks: they need the build. */
const system = [
  ...testsIn('scenarios/{commands,console,control,e2e,processes,record,run,testkit}'),
  'scenarios/*.test.ts',
  '**/*.browser.test.ts',
];

const notOurs = ['**/node_modules/**'];

export default defineConfig({
  test: {
    // Bounds, not measures: a busy machine starts a process in ten seconds, and no test is to fail for that.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
    // What a machine that stands still for seconds makes of a test with real time is told by a second try,
    // which the output names (retry x1): look at each of those.
    retry: 1,
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: pure,
          exclude: [...system, ...notOurs],
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: testsIn('{client,mock-agent,gateway,scenarios,bench,scripts}'),
          exclude: [...pure, ...system, ...notOurs],
          // They measure times, so they do not share the processor with more than one other.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: system,
          exclude: notOurs,
          globalSetup: ['scenarios/e2e/support/build.ts'],
          // Each starts processes of its own, so that two keep two processors busy.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
