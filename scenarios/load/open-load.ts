import type { Draw } from '../../proto/draws.ts';
import type { StartedLoad } from './closed-load.ts';
import { arrivalTimes, levelsOf } from './levels.ts';
import { mostAtOnce, type LoadProfile } from './profile.ts';
import { arrivalKeyOf } from './request.ts';
import { createStreamProbe, type ProbeContext, type StreamProbe } from './client/stream-probe.ts';

export interface OpenLoad extends StartedLoad {
  /** When arrivals were due that found as many streams open as there may be: they were not started. */
  readonly droppedAtMs: readonly number[];
}

/**
 * Starts each arrival when it is due, whatever became of those before it, over a connection that is
 * free or a new one. A stream's times count from when it was due: a load that waits for the server
 * would hide what those wait who come while it is slow.
 */
export function startOpenLoad(
  profile: LoadProfile,
  law: 'constant' | 'poisson',
  draw: Draw,
  load: ProbeContext,
): OpenLoad {
  const times = arrivalTimes(levelsOf(profile), law, draw);
  const probes: StreamProbe[] = [];
  const free: StreamProbe[] = [];
  const droppedAtMs: number[] = [];
  let arrived = 0;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let settle: () => void;
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });

  /** False where the load has had all its streams. */
  function arrive(dueAtMs: number): boolean {
    const key = load.nextKey(dueAtMs, arrivalKeyOf(arrived));
    if (key === null) return false;
    arrived += 1;
    const probe = free.pop() ?? addProbe();
    if (probe === undefined) droppedAtMs.push(dueAtMs);
    else probe.start(key, dueAtMs);
    return true;
  }

  function addProbe(): StreamProbe | undefined {
    if (probes.length === mostAtOnce) return undefined;
    const probe = createStreamProbe(probes.length, load, () => {
      free.push(probe);
      if (over) finish();
    });
    probes.push(probe);
    return probe;
  }

  /** Starts what is due, and waits for what is not. */
  function follow(next: IteratorResult<number, void>): void {
    let arrival = next;
    let all = false;
    while (!all && !arrival.done && arrival.value <= load.clock()) {
      all = !arrive(arrival.value);
      arrival = times.next();
    }
    if (all || arrival.done) {
      over = true;
      finish();
    } else timer = setTimeout(follow, arrival.value - load.clock(), arrival);
  }

  function finish(): void {
    if (free.length === probes.length) void closeAll();
  }

  async function closeAll(): Promise<void> {
    await Promise.all(probes.map((probe) => probe.close()));
    settle();
  }

  follow(times.next());
  return {
    droppedAtMs,
    checkLimits(nowMs) {
      for (const probe of probes) probe.checkLimits(nowMs);
    },
    abort() {
      clearTimeout(timer);
      over = false;
      void closeAll();
    },
    done,
  };
}
