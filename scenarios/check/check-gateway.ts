import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';

import type { AgentBelow } from './agent-below.ts';
import { extendedBy, type Clause } from './clause.ts';
import type { Gateway } from './client-above.ts';
import { clauses as allClauses } from './clauses/index.ts';
import { notTestable, type Judgement } from './judgement.ts';
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

/** How often a clause that is judged by times is tried before it departs. */
const mostRounds = 3;

/** Lateness of our own process, in milliseconds, beyond which no short time can be judged. */
const tooLateMs = 100;

/** The clauses that our own lateness can make depart. */
const dependsOnUs = new Set(['D2-reading', 'E3']);

/** The clauses that are judged by short times. */
const timed = new Set(['B4', 'D2', 'D2-reading', 'D3', 'E3']);

/**
 * Runs the probes of the chosen clauses against a gateway and judges what was seen.
 * @throws the signal's reason
 */
export async function checkGateway(options: CheckOptions): Promise<ClauseResult[]> {
  const { chosen } = options;
  // Every request listens to it.
  setMaxListeners(0, options.signal);
  const needed = new Set(allClauses.filter(({ id }) => chosen(id)).flatMap((each) => each.probes));
  const seen = await runProbes([...needed], options);
  const judgements = new Map<string, Judgement>();
  for (const clause of allClauses) {
    if (!chosen(clause.id)) continue;
    const base = extendedBy(clause);
    judgements.set(
      clause.id,
      base !== clause.id && judgements.get(base)?.is === 'departed'
        ? notTestable(`${base} is broken`)
        : await judgeOverRounds(clause, seen, options),
    );
  }
  return allClauses.map((clause) => ({ clause, judgement: judgements.get(clause.id) ?? null }));
}

/**
 * Judges a clause. One that is judged by times departs only if it does so in every round, since the gateway or
 * we may have been late once.
 */
async function judgeOverRounds(
  clause: Clause,
  seen: Map<ProbeName, Seen[]>,
  options: CheckOptions,
): Promise<Judgement> {
  const { numbers } = options;
  const rounds = timed.has(clause.id) ? mostRounds : 1;
  let judgement = judge(clause, seen, numbers);
  for (let round = 1; round < rounds && judgement.is === 'departed'; round += 1) {
    for (const [name, again] of await runProbes(clause.probes, options)) seen.set(name, again);
    judgement = judge(clause, seen, numbers);
  }
  if (judgement.is !== 'departed' || !dependsOnUs.has(clause.id)) return judgement;
  const latenessMs = Math.max(
    ...clause.probes.flatMap((name) => (seen.get(name) ?? []).map((each) => each.ownLatenessMs)),
  );
  return latenessMs <= tooLateMs
    ? judgement
    : notTestable(
        `it departs, but this machine was ${Math.round(latenessMs)} ms late itself: ${judgement.seen}`,
      );
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
