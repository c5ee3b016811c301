/** A CPU profile of V8: about one sample per millisecond, each a node of the call tree. */
export interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
  }[];
  /** The node that ran at each sample. */
  samples: number[];
  /** Microseconds since the previous sample. */
  timeDeltas: number[];
}

/** The self time of a function: without the functions that it called. */
export interface SelfTime {
  /** The name in V8's profile; `(program)` is native code. */
  name: string;
  /** The file below its package or our output folder, and the line; empty for native code. */
  where: string;
  ms: number;
}

/** Returns the functions of a profile by descending self time, without idle time. */
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
