import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';

import type { AgentBelow } from './agent-below.ts';
import type { Clause } from './clause.ts';
import type { Gateway } from './client-above.ts';
import { clauses as allClauses } from './clauses/index.ts';
import type { Judgement } from './judgement.ts';
import type { Numbers } from './numbers.ts';
import type { Probe } from './probe.ts';
import type { ProbeName } from './probes.ts';
import { runProbe } from './run-probe.ts';
import type { Seen } from './seen.ts';

/** What is said of one clause. */
export interface ClauseResult {
  clause: Clause;
  /** Null for one that is skipped. */
  judgement: Judgement | null;
}

export interface CheckOptions {
  gateway: Gateway;
  agent: AgentBelow;
  probes: Readonly<Record<ProbeName, Probe>>;
  numbers: Numbers;
  /** Which clauses to check, by id. */
  chosen(id: string): boolean;
  /** Called when a probe starts and ends. */
  onProgress?: ((progress: { running: string[]; done: number; total: number }) => void) | undefined;
  signal: AbortSignal;
}

/** How many quick probes run at the same time. */
const quickAtOnce = 3;

/** How often a clause that departed is tried again while our own process was late. */
const mostRounds = 3;

/** Lateness of our own process, in milliseconds, beyond which a time that departed is measured again. */
const tooLateMs = 40;

/** The clauses that are judged by times. */
const timed = new Set(['D2', 'D2-reading', 'C4', 'C5', 'B4', 'E3']);

/**
 * Runs the probes of the chosen clauses against a gateway and judges what was seen.
 * @throws the signal's reason
 */
export async function checkGateway(options: CheckOptions): Promise<ClauseResult[]> {
  const { probes, numbers, chosen } = options;
  // Every request listens to it.
  setMaxListeners(0, options.signal);
  const needed = new Set(allClauses.filter(({ id }) => chosen(id)).flatMap((each) => each.probes));
  const seen = await runProbes([...needed], options);
  const results: ClauseResult[] = [];
  for (const clause of allClauses) {
    if (!chosen(clause.id)) {
      results.push({ clause, judgement: null });
      continue;
    }
    let judgement = judge(clause, seen, numbers);
    for (
      let round = 1;
      round < mostRounds && wasLate(clause, judgement, seen, probes);
      round += 1
    ) {
      for (const [name, again] of await runProbes(clause.probes, options)) seen.set(name, again);
      judgement = judge(clause, seen, numbers);
    }
    results.push({ clause, judgement });
  }
  return results;
}

/** Runs probes: those that are long beside all others, the quick ones a few at once, then each that is alone. */
async function runProbes(
  names: readonly ProbeName[],
  { probes, gateway, agent, onProgress, signal }: CheckOptions,
): Promise<Map<ProbeName, Seen[]>> {
  const run = randomBytes(3).toString('hex');
  const seen = new Map<ProbeName, Seen[]>();
  const running = new Set<string>();
  const tell = () => onProgress?.({ running: [...running], done: seen.size, total: names.length });
  const probeOnce = async (name: ProbeName): Promise<void> => {
    running.add(name);
    tell();
    seen.set(name, await runProbe(name, probes[name], { gateway, agent, run, signal }));
    running.delete(name);
    tell();
  };
  const inKind = (kind: Probe['runs']) => names.filter((name) => probes[name].runs === kind);
  const long = Promise.all(inKind('long').map(probeOnce));
  // A failure is reported below, when the others have ended.
  long.catch(() => {});
  const quick = inKind(undefined);
  const next = async (): Promise<void> => {
    for (let name = quick.shift(); name !== undefined; name = quick.shift()) await probeOnce(name);
  };
  await Promise.all(Array.from({ length: quickAtOnce }, next));
  for (const name of inKind('alone')) await probeOnce(name);
  await long;
  return seen;
}

function judge(clause: Clause, seen: Map<ProbeName, Seen[]>, numbers: Numbers): Judgement {
  return clause.judge((name) => {
    if (!clause.probes.includes(name)) throw new Error(`${clause.id} does not declare ${name}`);
    return seen.get(name) ?? [];
  }, numbers);
}

/** Whether a departure may be our own lateness. */
function wasLate(
  { id, probes: names }: Clause,
  judgement: Judgement,
  seen: Map<ProbeName, Seen[]>,
  probes: CheckOptions['probes'],
): boolean {
  if (judgement.is !== 'departed' || !timed.has(id)) return false;
  return names.some(
    (name) =>
      probes[name].runs !== 'long' &&
      (seen.get(name) ?? []).some(({ ownLatenessMs }) => ownLatenessMs > tooLateMs),
  );
}
