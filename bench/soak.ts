import { generatePath } from '../proto/interface.ts';
import { scenarioMetadata } from '../proto/metadata.ts';
import { findScenario } from '../scenarios/file/find-scenario.ts';
import { loadSchema } from '../scenarios/load/profile/profile.ts';
import { runLoad } from '../scenarios/load/run-load.ts';
import { startStack } from '../scenarios/processes/start-stack.ts';
import { trendOf, type Point } from '../reports/statistics/trend.ts';

/**
 * `make soak`: mixes healthy and failing streams for some minutes and watches the memory.
 *
 * Every few seconds agent and gateway collect garbage and report the heap in use. The verdict is the slope of
 * a straight line through these values, without the first part: exit code 1 if the 95 % interval of either
 * slope is above the limit.
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

const sampleIntervalMs = 5000;

const quietLimitMs = 2000;

/** The first part, while code is compiled and caches fill. */
const settlingShare = 0.2;

/**
 * A leak of 300 bytes per stream of this mix. The agent keeps about 100 bytes per stream by design, since it
 * counts the requests of the last 100,000 keys.
 */
const limitMbPerHour = 60;

const minutes = Number(process.argv[2] ?? 10);
if (!(minutes > 0 && minutes <= 24 * 60)) {
  process.stderr.write('soak: write the minutes as a number up to 1440: make soak MINUTES=10\n');
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
const stop = new AbortController();
void stack.failed.then((reason) => stop.abort(new Error(reason)));

const heaps: Record<'agent' | 'gateway', Point[]> = { agent: [], gateway: [] };
const startMs = performance.now();
const hoursSinceStart = () => (performance.now() - startMs) / 3_600_000;
const sampleTimer = setInterval(() => {
  sampleHeaps().catch((error: unknown) => stop.abort(error));
}, sampleIntervalMs);

async function sampleHeaps(): Promise<void> {
  const { agent, gateway } = await stack.heapInUse();
  heaps.agent.push([hoursSinceStart(), agent / 2 ** 20]);
  heaps.gateway.push([hoursSinceStart(), gateway / 2 ** 20]);
}

/** Waits until the agent has received the cancels of the last clients. */
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
        // The client cancels silent streams, so the mix contains cancels.
        idleLimit: '8s',
        // Without a pause, scenarios that refuse at once would get thousands of requests a second.
        think: '500ms',
      }),
      headers: { [scenarioMetadata]: scenario },
      signal: stop.signal,
    }),
  ),
);
clearInterval(sampleTimer);
if (stop.signal.aborted) {
  process.stderr.write(`soak: ${String(stop.signal.reason)}\n`);
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
process.stdout.write(
  `streams still open at the agent: ${stats.streamsOpen} of ${stats.streamsStarted}\n`,
);
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
