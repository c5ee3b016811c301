/** A key of a load that cannot stand beside the others. */
export interface LoadContradiction {
  path: string[];
  message: string;
}

/**
 * The keys of a load as far as they could be read: durations in milliseconds, a wrong value as it
 * was written.
 */
interface WrittenLoad {
  streams?: unknown;
  arrivals?: unknown;
  stages: unknown;
  total?: unknown;
  ramp?: unknown;
  warmUp?: unknown;
  window?: unknown;
}

/** Returns the keys of a load that contradict each other. */
export function loadContradictions(load: WrittenLoad): LoadContradiction[] {
  const { streams, arrivals, stages, total, ramp, warmUp, window } = load;
  const found: LoadContradiction[] = [];
  const refuse = (path: string[], message: string) => found.push({ path, message });
  const refuseEach = (keys: object, message: string) => {
    for (const [key, value] of Object.entries(keys)) {
      if (value !== undefined) refuse([key], message);
    }
  };
  const hasStages = !Array.isArray(stages) || stages.length > 0;
  if (arrivals !== undefined && streams !== undefined) {
    refuse(['streams'], 'a load has streams at once or arrivals, not both');
  }
  if (total !== undefined) {
    if (hasStages) refuse(['stages'], 'a load has stages or a number of streams, not both');
    refuseEach({ warmUp, window }, 'the number of streams is the whole load, all of it judged');
  }
  if (!hasStages) {
    if (isMap(arrivals) && arrivals['perSecond'] === undefined) {
      refuse(['arrivals'], 'perSecond says how many, or stages do');
    }
    return found;
  }
  if (isMap(arrivals) && arrivals['perSecond'] !== undefined) {
    refuse(['arrivals', 'perSecond'], 'the stages say how many');
  }
  refuseEach({ streams }, 'the stages say how many');
  refuseEach({ ramp, warmUp, window }, 'the stages are the whole load, all of it judged');
  if (Array.isArray(stages) && stages.every(isStage) && !hasLoad(stages)) {
    refuse(['stages'], 'one of them has to take some time with a load on');
  }
  return found;
}

interface Stage {
  overMs: number;
  to: number;
}

function hasLoad(stages: readonly Stage[]): boolean {
  return stages.some(
    ({ overMs, to }, at) => overMs > 0 && (to > 0 || (stages[at - 1]?.to ?? 0) > 0),
  );
}

function isStage(stage: unknown): stage is Stage {
  return isMap(stage) && typeof stage['overMs'] === 'number' && typeof stage['to'] === 'number';
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
