import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';

import { extendedBy, type Clause, type ClauseFacts } from './clause.ts';
import { notTestable, type Judgement } from './judgement.ts';
import type { Numbers } from './numbers.ts';
import type { ProbeFacts } from './probe.ts';
import { isRehearsalError } from '../console/rehearsal-error.ts';

/**
 * What is checked: its clauses, and the probes that show whether they are kept.
 * @typeParam Sight what a probe saw
 */
export interface Subject<Name extends string, Sight> {
  clauses: readonly Clause<Name, Sight>[];
  probes: Readonly<Record<Name, ProbeFacts>>;
  /**
   * Runs a probe.
   * @param run unlike that of other rounds
   * @throws the signal's reason
   */
  probe(name: Name, run: string): Promise<Sight>;
  /** Returns how late the timers of our own process were at most, in milliseconds. */
  latenessOf(sight: Sight): number;
  /** The clauses that are judged by short times. */
  timed: ReadonlySet<string>;
  /** The clauses that our own lateness can make depart. */
  dependsOnUs: ReadonlySet<string>;
}

/** What is said of one clause. */
export interface ClauseResult {
  clause: ClauseFacts;
  /** Null for one that is skipped. */
  judgement: Judgement | null;
}

export interface CheckOptions {
  numbers: Numbers;
  /** Which clauses to check, by id. */
  chosen(id: string): boolean;
  /** Called when a probe starts and ends. */
  onProgress?: ((progress: { running: string[]; done: number; total: number }) => void) | undefined;
  /** Called once if the subject ends before the check, with its last lines. */
  onEnded?: ((message: string) => void) | undefined;
  signal: AbortSignal;
}

/** How many quick probes run at the same time. */
const quickAtOnce = 3;

/** How often a clause that is judged by times is tried before it departs. */
const mostRounds = 3;

/** Lateness of our own process, in milliseconds, beyond which no short time can be judged. */
const tooLateMs = 100;

/** How long before its end a server may already answer wrongly, in milliseconds. */
const lastGaspMs = 1000;

/** What was seen, and the end of what is checked, if it has ended. */
interface Seen<Name extends string, Sight> {
  sights: Map<Name, Sight>;
  /** In a line. */
  ended: string | undefined;
}

/**
 * Runs the probes of the chosen clauses and judges what was seen. If the subject ends before the check, what was
 * seen until then is judged.
 * @throws the signal's reason
 * @throws RehearsalError (ended) if nothing was seen
 */
export async function checkSubject<Name extends string, Sight>(
  subject: Subject<Name, Sight>,
  options: CheckOptions,
): Promise<ClauseResult[]> {
  const { clauses } = subject;
  const bases = new Set(clauses.filter(({ id }) => options.chosen(id)).map(extendedBy));
  // A Reading is judged together with the clause that it extends.
  const judged = clauses.filter(({ id }) => options.chosen(id) || bases.has(id));
  // Every request listens to it.
  setMaxListeners(0, options.signal);
  const needed = new Set(judged.flatMap(({ probes }) => probes));
  const seen = await seeUntilEnd(subject, [...needed], options);
  const judgements = new Map<string, Judgement>();
  for (const clause of judged) {
    const base = extendedBy(clause);
    judgements.set(
      clause.id,
      base !== clause.id && judgements.get(base)?.is === 'departed'
        ? notTestable(`${base} is broken`)
        : await judgeOverRounds(subject, clause, seen, options),
    );
  }
  return clauses.map((clause) => ({
    clause,
    judgement: options.chosen(clause.id) ? (judgements.get(clause.id) ?? null) : null,
  }));
}

/**
 * Judges a clause. One that is judged by times departs only if it does so in every round, since the subject or
 * we may have been late once.
 */
async function judgeOverRounds<Name extends string, Sight>(
  subject: Subject<Name, Sight>,
  clause: Clause<Name, Sight>,
  seen: Seen<Name, Sight>,
  options: CheckOptions,
): Promise<Judgement> {
  const { numbers } = options;
  const { timed, dependsOnUs, latenessOf } = subject;
  const rounds = timed.has(clause.id) ? mostRounds : 1;
  const { sights } = seen;
  if (!clause.probes.every((name) => sights.has(name))) return notTestable(seen.ended ?? '');
  let judgement = judge(clause, sights, numbers);
  for (let round = 1; round < rounds && judgement.is === 'departed'; round += 1) {
    seen.ended ??= (await seeUntilEnd(subject, clause.probes, options, sights)).ended;
    if (seen.ended !== undefined) return notTestable(seen.ended);
    judgement = judge(clause, sights, numbers);
  }
  if (judgement.is !== 'departed' || !dependsOnUs.has(clause.id)) return judgement;
  const latenessMs = Math.max(...clause.probes.map((name) => latenessOf(sightOf(sights, name))));
  return latenessMs <= tooLateMs
    ? judgement
    : notTestable(
        `it departs, but this machine was ${Math.round(latenessMs)} ms late itself: ${judgement.seen}`,
      );
}

/**
 * Runs probes until the subject ends. What was seen in its last second is left out.
 * @param sights receives what each probe saw
 * @throws the signal's reason
 * @throws RehearsalError (ended) if nothing was seen
 */
async function seeUntilEnd<Name extends string, Sight>(
  subject: Subject<Name, Sight>,
  names: readonly Name[],
  options: CheckOptions,
  sights: Map<Name, Sight> = new Map(),
): Promise<Seen<Name, Sight>> {
  const seenAtMs = new Map<Name, number>();
  const note = (name: Name, sight: Sight) => {
    seenAtMs.set(name, performance.now());
    sights.set(name, sight);
  };
  try {
    await runProbes(subject, names, options, note);
    return { sights, ended: undefined };
  } catch (thrown) {
    // What waits with the signal throws an error of its own.
    const error: unknown = options.signal.aborted ? options.signal.reason : thrown;
    if (!isRehearsalError(error, 'ended')) throw error;
    const endedAtMs = performance.now();
    for (const [name, atMs] of seenAtMs) if (endedAtMs - atMs < lastGaspMs) sights.delete(name);
    if (sights.size === 0) throw error;
    options.onEnded?.(error.message);
    const [line = ''] = error.message.split('\n');
    return { sights, ended: line };
  }
}

/** Runs probes: those that are long beside all others, the quick ones a few at once, then each that is alone. */
async function runProbes<Name extends string, Sight>(
  { probes, probe }: Subject<Name, Sight>,
  names: readonly Name[],
  { onProgress }: CheckOptions,
  note: (name: Name, sight: Sight) => void,
): Promise<void> {
  const run = randomBytes(3).toString('hex');
  const running = new Set<string>();
  let done = 0;
  const tell = () => onProgress?.({ running: [...running], done, total: names.length });
  const probeOnce = async (name: Name): Promise<void> => {
    running.add(name);
    tell();
    note(name, await probe(name, run));
    done += 1;
    running.delete(name);
    tell();
  };
  const inKind = (kind: ProbeFacts['runs']) => names.filter((name) => probes[name].runs === kind);
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
}

function judge<Name extends string, Sight>(
  { id, probes, judge: judgeSeen }: Clause<Name, Sight>,
  seen: Map<Name, Sight>,
  numbers: Numbers,
): Judgement {
  return judgeSeen((name) => {
    if (!probes.includes(name)) throw new Error(`${id} does not declare ${name}`);
    return sightOf(seen, name);
  }, numbers);
}

function sightOf<Name extends string, Sight>(seen: Map<Name, Sight>, name: Name): Sight {
  const sight = seen.get(name);
  if (sight === undefined) throw new Error(`the probe ${name} did not run`);
  return sight;
}
