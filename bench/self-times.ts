/** What V8 writes of a process: a sample every millisecond or so, each the node of a call tree. */
export interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
  }[];
  /** The node that ran at each sample. */
  samples: number[];
  /** Microseconds from the sample before to each. */
  timeDeltas: number[];
}

/** How long a function ran by itself, what it called left out. */
export interface SelfTime {
  /** As V8 names it; `(program)` is native code, `(garbage collector)` itself. */
  name: string;
  /** The file, from its package or our folder on, and the line; empty for native code. */
  where: string;
  ms: number;
}

/** The functions of a profile, the longest first. Time in which nothing was to be done is not in it. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, SelfTime>();
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
    const where = frame.url === '' ? '' : `${shortened(frame.url)}:${frame.lineNumber + 1}`;
    const key = `${name} ${where}`;
    const time = times.get(key) ?? { name, where, ms: 0 };
    time.ms += (timeDeltas[index] ?? 0) / 1000;
    times.set(key, time);
  }
  return [...times.values()].toSorted((a, b) => b.ms - a.ms);
}

function shortened(url: string): string {
  return url.replace(/^.*\/(?:node_modules|dist)\//, '');
}
