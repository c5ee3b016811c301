import type { DialectName } from '../../proto/dialects/dialect.ts';
import { dialects } from '../../proto/dialects/index.ts';
import { generatePath } from '../../proto/interface.ts';
import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import { defaultScenario } from '../catalog.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { acceptedOutcomes } from './accepted-outcomes.ts';
import { judgeCell, type Cell } from './cell.ts';
import { neverClosed, findClientCases, type ClientCase } from './client-cases.ts';
import { startClientThread, type ClientThread } from './client-threads.ts';
import type { Outcome } from './observation.ts';
import { observeClient, type Limits } from './observe-client.ts';

/** Cases at once, each with a thread of the client. */
const maxAtOnce = 4;

/** More requests than any client with a limit sends. */
const mostRequests = 8;

/** A client may wait for the server's limit in three attempts, and between them. */
const limitFactor = 4;

export interface ClientTrial {
  /** The path of the module. */
  file: string;
  /** Undefined for the specified format. */
  dialect: DialectName | undefined;
  /** When the server ends a stream that never ends by itself. */
  streamLimitMs: number;
  known: ReadonlyMap<string, Outcome>;
  signal: AbortSignal;
  onCell?: (cell: Cell, done: number, total: number) => void;
}

/** Returns the cases for a client that closes itself. */
export async function casesOfTrial(): Promise<ClientCase[]> {
  const { catalogue, faults } = await findClientCases();
  return [...catalogue, ...faults].filter(({ name }) => name !== neverClosed);
}

/**
 * Returns the named cases after the healthy one.
 * @throws RehearsalError (usage) for a name without a case
 */
export function chooseCases(cases: readonly ClientCase[], names: readonly string[]): ClientCase[] {
  const known = cases.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RehearsalError(
      'usage',
      `--case: there is no case ${quote(unknown)}${didYouMean(unknown, known)}`,
    );
  }
  return cases.filter(({ name }) => name === defaultScenario || names.includes(name));
}

/**
 * Tries a client in every case, the healthy one first.
 * @throws RehearsalError (usage) for a module that cannot be used, or a client that does not complete a
 *   healthy stream: nothing can be judged then
 */
export async function tryClient(
  cases: readonly ClientCase[],
  { file, dialect, streamLimitMs, known, signal, onCell }: ClientTrial,
): Promise<Cell[]> {
  const limits: Limits = {
    streamLimitMs,
    clientLimitMs: streamLimitMs * limitFactor,
    mostRequests,
  };
  const cells = new Map<string, Cell>();
  const tryCase = async (clientCase: ClientCase, thread: ClientThread) => {
    let paths: readonly string[] = [];
    const observation = await observeClient(
      clientCase,
      {
        dialect,
        run: (request, stop) => thread.run(request, AbortSignal.any([stop, signal])),
        onPaths: (all) => (paths = all),
      },
      limits,
    );
    signal.throwIfAborted();
    const expected = {
      accepted: acceptedOutcomes(clientCase),
      known: known.get(clientCase.name) ?? null,
    };
    const cell: Cell = {
      case: clientCase.name,
      fault: clientCase.fault ?? null,
      ...observation,
      ...expected,
      verdict: judgeCell(observation, expected),
    };
    cells.set(clientCase.name, cell);
    onCell?.(cell, cells.size, cases.length);
    return { cell, paths };
  };

  const healthy = cases.find(({ name }) => name === defaultScenario);
  if (healthy === undefined) throw new Error(`there is no case ${defaultScenario}`);
  const first = await startClientThread(file);
  const threads = [first];
  try {
    const { cell, paths } = await tryCase(healthy, first);
    if (cell.outcome !== 'complete') throw incompleteHealthy(cell, paths, dialect);
    const wrongFormat = wrongFormatOf(paths, dialect);
    if (wrongFormat !== undefined) throw new RehearsalError('usage', `the client ${wrongFormat}`);
    const queue = cases.filter((each) => each !== healthy).values();
    const takeCases = async (thread: ClientThread) => {
      for (const each of queue) await tryCase(each, thread);
    };
    while (threads.length < maxAtOnce) threads.push(await startClientThread(file));
    await Promise.all(threads.map(takeCases));
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
  return cases.flatMap(({ name }) => cells.get(name) ?? []);
}

function incompleteHealthy(
  { outcome, text, error }: Cell,
  paths: readonly string[],
  dialect: DialectName | undefined,
): RehearsalError {
  const words = [outcome, `text ${text}`, ...(error === null ? [] : [error])].join(', ');
  const advice = adviceFor(paths, dialect);
  return new RehearsalError(
    'usage',
    `the client does not complete a healthy stream (${words}), so no other case can be judged${advice}`,
    { exitCode: exitCodes.invalid },
  );
}

function adviceFor(paths: readonly string[], dialect: DialectName | undefined): string {
  const [path] = paths;
  if (path === undefined) return '; it sent no request to the url that it received';
  const wrongFormat = wrongFormatOf(paths, dialect);
  if (wrongFormat !== undefined) return `; it ${wrongFormat}`;
  return dialect === undefined
    ? `; it requested ${path}: --dialect names the format of a client that speaks another`
    : `; it requested ${path}`;
}

/** Returns what is wrong if a client requests another format than it is tried in; otherwise undefined. */
function wrongFormatOf(
  paths: readonly string[],
  dialect: DialectName | undefined,
): string | undefined {
  const [path = ''] = paths;
  if (path === generatePath && dialect !== undefined) {
    return `requested ${path}, which is not --dialect ${dialect}: leave out --dialect`;
  }
  // SDKs append their path to any base URL.
  const served = dialects.find((each) => each.paths.some((known) => path.endsWith(known)));
  const name = served?.dialect.name;
  return name === undefined || name === dialect
    ? undefined
    : `requested ${path}: --dialect ${name}`;
}
