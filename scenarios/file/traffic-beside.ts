import { z } from 'zod';

import { isRehearsalError, type Problem } from '../console/rehearsal-error.ts';
import { withTraffic, type LoadProfile } from '../load/profile/profile.ts';
import { parseTraffic } from '../load/profile/traffic.ts';
import { pathBeside, readBeside } from './read-beside.ts';

/** Enough for a million requests under any names. */
export const mostTraceBytes = 128 * 2 ** 20;

const trafficSchema = z.object({
  load: z.object({ arrivals: z.object({ trace: z.string().min(1) }) }),
});

/** Returns the name of the traffic trace in the content of a scenario; undefined if it has none. */
export function namedTraffic(content: unknown): string | undefined {
  return trafficSchema.safeParse(content).data?.load.arrivals.trace;
}

/** A load with its trace. */
interface TrafficBeside {
  /** Returns a load with the trace that was read. */
  addTo(load: LoadProfile): LoadProfile;
  problems: Problem[];
  files: string[];
}

/**
 * Reads the traffic trace of a load.
 * @param file the path of the scenario; the name is relative to its folder
 * @param name of the trace; undefined for a load without one
 * @param problemAt makes a problem at a path of the scenario
 */
export async function readTrafficBeside(
  file: string,
  name: string | undefined,
  problemAt: (path: PropertyKey[], message: string) => Problem,
): Promise<TrafficBeside> {
  if (name === undefined) return { addTo: (load) => load, problems: [], files: [] };
  try {
    const path = pathBeside(file, name);
    const { problems, ...traffic } = parseTraffic(await readBeside(file, name, mostTraceBytes));
    return {
      addTo: (load) => withTraffic(load, traffic),
      problems: problems.map(({ line, message }) => ({ file: path, line, column: 1, message })),
      files: [path],
    };
  } catch (error) {
    if (!isRehearsalError(error, 'file')) throw error;
    const message = `"${name}": ${error.message}`;
    return {
      addTo: (load) => load,
      problems: [problemAt(['load', 'arrivals', 'trace'], message)],
      files: [],
    };
  }
}
