import type { Draw } from '../../proto/draws.ts';
import type { StartedLoad } from './closed-load.ts';
import { arrivalTimes, levelsOf } from './levels.ts';
import { mostAtOnce, type LoadProfile } from './profile.ts';
import { arrivalKeyOf } from './request.ts';
import { createStreamProbe, type ProbeContext, type StreamProbe } from './client/stream-probe.ts';

export interface OpenLoad extends StartedLoad {
  /** When the arrivals were due that were not started because the maximum of streams was open. */
  readonly droppedAtMs: readonly number[];
}

/**
 * Starts an open load: each arrival starts when it is due, whatever the state of earlier ones, over an
 * idle connection or a new one. The times of a stream count from when it was due, so that queueing in
 * front of a slow server is measured and not omitted.
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

  /** Starts an arrival; false if the load has had all its streams. */
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

  /** Starts the arrivals that are due, and sets a timer for the next. */
  function follow(next: IteratorResult<number, void>): void {
    let arrival = next;
    let isComplete = false;
    while (!isComplete && !arrival.done && arrival.value <= load.clock()) {
      isComplete = !arrive(arrival.value);
      arrival = times.next();
    }
    if (isComplete || arrival.done) {
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
