import { generatePath } from '../proto/interface.ts';
import { scenarioMetadata } from '../proto/metadata.ts';
import { findScenario } from '../scenarios/file/find-scenario.ts';
import { loadSchema } from '../scenarios/load/profile.ts';
import { runLoad } from '../scenarios/load/run-load.ts';
import { startStack } from '../scenarios/processes/start-stack.ts';
import { trendOf, type Point } from '../reports/statistics/trend.ts';

/**
 * `make soak`: ordinary use and every kind of trouble at once, for a while, and what the memory does.
 *
 * Agent and gateway collect their garbage every few seconds and say what is left. A straight line
 * through that, the first part left out, is the verdict: exit code 1 where either heap surely grows by
 * more than the limit. In 10 minutes it says more than the size of a heap does in an hour.
 */
const mix = [
  'healthy',
  'jittery',
  'fast',
  'flaky',
  'stall-and-resume',
  'error-after-text',
  'reset',
  'truncated',
  'rate-limited',
  'silent-stall',
];

const slotsEach = 20;

const lookMs = 5000;

const quietLimitMs = 2000;

/** Code is compiled, pools and caches fill. */
const settlingShare = 0.2;

/**
 * What 300 bytes lost with every stream of this mix come to. The agent keeps 100 of them by design: it
 * counts how often the same was asked for, over the last 100,000 keys.
 */
const limitMbPerHour = 60;

const minutes = Number(process.argv[2] ?? 10);
if (!(minutes > 0 && minutes <= 24 * 60)) {
  process.stderr.write('soak: give the minutes as a number, at most 1440: make soak MINUTES=10\n');
  process.exit(2);
}

const scenarios = await Promise.all(mix.map(findScenario));
const stack = await startStack({
  agent: {
    scenarios: scenarios.map(({ file }) => file),
    port: 0,
    seed: 1,
    watch: false,
    logLevel: 'error',
  },
  gateway: { port: 0, maxStreams: 2 * mix.length * slotsEach, logLevel: 'error' },
});
const ending = new AbortController();
void stack.failed.then((how) => ending.abort(new Error(how)));

const heaps: Record<'agent' | 'gateway', Point[]> = { agent: [], gateway: [] };
const startMs = performance.now();
const hoursSinceStart = () => (performance.now() - startMs) / 3_600_000;
const looking = setInterval(() => {
  look().catch((error: unknown) => ending.abort(error));
}, lookMs);

async function look(): Promise<void> {
  const { agent, gateway } = await stack.heapInUse();
  heaps.agent.push([hoursSinceStart(), agent / 2 ** 20]);
  heaps.gateway.push([hoursSinceStart(), gateway / 2 ** 20]);
}

/** What the last clients left is on its way to the agent when they are gone. */
async function statsOnceQuiet() {
  const endMs = performance.now() + quietLimitMs;
  for (;;) {
    const { stats } = (await stack.health()).agent;
    if (stats.streamsOpen === 0 || performance.now() > endMs) return stats;
    await new Promise((resolve) => setTimeout(resolve, quietLimitMs / 20));
  }
}

const loads = await Promise.all(
  mix.map((scenario) =>
    runLoad({
      url: stack.url + generatePath,
      profile: loadSchema.parse({
        streams: slotsEach,
        ramp: '5s',
        warmUp: '0s',
        window: `${minutes * 60}s`,
        // Streams that never say anything more are left by their client: cancels are part of the mix.
        idleLimit: '8s',
        // Scenarios that refuse at once would be asked thousands of times a second.
        think: '500ms',
      }),
      headers: { [scenarioMetadata]: scenario },
      signal: ending.signal,
    }),
  ),
);
clearInterval(looking);
if (ending.signal.aborted) {
  process.stderr.write(`soak: ${String(ending.signal.reason)}\n`);
  await stack.close();
  process.exit(2);
}

for (const [index, { samples }] of loads.entries()) {
  const outcomes = new Map<string, number>();
  for (const { outcome } of samples) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const counts = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  process.stdout.write(`${(mix[index] ?? '').padEnd(17)} ${counts}\n`);
}
const stats = await statsOnceQuiet();
process.stdout.write(`open at the agent: ${stats.streamsOpen} of ${stats.streamsStarted}\n`);
await stack.close();

let grows = stats.streamsOpen > 0;
for (const [name, points] of Object.entries(heaps)) {
  const settled = points.slice(Math.ceil(points.length * settlingShare));
  const { slope, low, high } = trendOf(settled);
  const [, firstMb = 0] = settled[0] ?? [];
  const [, lastMb = 0] = settled.at(-1) ?? [];
  process.stdout.write(
    `heap of the ${name}: ${firstMb.toFixed(2)} MB to ${lastMb.toFixed(2)} MB, ` +
      `slope ${slope.toFixed(2)} MB an hour (95 %: ${low.toFixed(2)} to ${high.toFixed(2)}, ${settled.length} values)\n`,
  );
  grows ||= low > limitMbPerHour;
}
process.exitCode = grows ? 1 : 0;
