import type { Draw } from '../../proto/draws.ts';
import type { StartedLoad } from './closed-load.ts';
import { mostPerProcess, type LoadProfile } from './profile/profile.ts';
import { arrivalKeyOf } from './request.ts';
import { arrivalsOf, type Shard, type ShardArrival } from './profile/shard.ts';
import type { ProbeContext, StreamProbe } from './client/stream-probe.ts';
import type { OpenProbe } from './open-probe.ts';

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
  draw: Draw,
  shard: Shard,
  load: ProbeContext,
  openProbe: OpenProbe,
): OpenLoad {
  const arrivals = arrivalsOf(profile, draw, shard);
  const probes: StreamProbe[] = [];
  const free: StreamProbe[] = [];
  const droppedAtMs: number[] = [];
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let settle: () => void;
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });

  /** Starts an arrival; false if the load has had all its streams. */
  function arrive({ number, dueAtMs }: ShardArrival): boolean {
    const key = load.nextKey(dueAtMs, arrivalKeyOf(number));
    if (key === null) return false;
    const probe = free.pop() ?? addProbe();
    if (probe === undefined) droppedAtMs.push(dueAtMs);
    else probe.start(key, dueAtMs);
    return true;
  }

  function addProbe(): StreamProbe | undefined {
    if (probes.length === mostPerProcess) return undefined;
    // A number of its own among the probes of all shards.
    const slot = probes.length * shard.of + shard.number - 1;
    const probe = openProbe(
      slot,
      () => true,
      () => {
        free.push(probe);
        if (over) finish();
      },
    );
    probes.push(probe);
    return probe;
  }

  /** Starts the arrivals that are due, and sets a timer for the next. */
  function follow(next: IteratorResult<ShardArrival, void>): void {
    let arrival = next;
    let isComplete = false;
    while (!isComplete && !arrival.done && arrival.value.dueAtMs <= load.clock()) {
      isComplete = !arrive(arrival.value);
      arrival = arrivals.next();
    }
    if (isComplete || arrival.done) {
      over = true;
      finish();
    } else timer = setTimeout(follow, arrival.value.dueAtMs - load.clock(), arrival);
  }

  function finish(): void {
    if (free.length === probes.length) void closeAll();
  }

  async function closeAll(): Promise<void> {
    await Promise.all(probes.map((probe) => probe.close()));
    settle();
  }

  follow(arrivals.next());
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
