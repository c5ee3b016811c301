import type { CommandServer } from '../processes/start-command.ts';
import type { CheckOptions, ClauseResult } from './check-subject.ts';
import type { ClauseFacts } from './clause.ts';
import type { Numbers } from './numbers.ts';
import type { ProbeFacts } from './probe.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';

/** What a command line asks to check; nothing that it names is read yet. */
export interface PlannedCheck {
  clauses: readonly ClauseFacts[];
  probes: Readonly<Record<string, ProbeFacts>>;
  numbers: Numbers;
  /** The arguments that repeat it, without secrets. */
  command: string;
  /**
   * Reads the address, and the files that the flags name.
   * @throws RehearsalError (usage) with everything that is wrong
   */
  read(): Promise<ReadyCheck>;
}

/** A check whose flags are right. */
interface ReadyCheck {
  /**
   * Checks it.
   * @returns the address of what was checked, whether any certificate was accepted, and the results
   * @throws RehearsalError (usage) if it cannot be reached, or if the command of `--start` fails
   * @throws the signal's reason
   */
  run(
    options: CheckOptions,
  ): Promise<{ subject: string; insecure: boolean; results: ClauseResult[] }>;
}

/**
 * Runs a check while a server of `--start` runs, and ends the server.
 * @param start undefined for a server that runs already
 * @param check gets a signal that also aborts when the server fails
 * @throws RehearsalError (usage) if the server fails
 */
export async function withServer<Server extends CommandServer, T>(
  start: ((signal: AbortSignal) => Promise<Server>) | undefined,
  signal: AbortSignal,
  check: (signal: AbortSignal, server: Server | undefined) => Promise<T>,
): Promise<T> {
  if (start === undefined) return check(signal, undefined);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const server = await start(either);
  void server.failed.then((reason) => failed.abort(new RehearsalError('ended', reason)));
  try {
    return await check(either, server);
  } finally {
    await server.close();
  }
}

/** Returns an argument for a shell. */
export const quoteForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
