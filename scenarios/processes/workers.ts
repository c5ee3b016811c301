import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { GatewayError } from '../../gateway/errors.ts';
import {
  exposeTogether,
  type ExposedMetrics,
  type GatewayMetrics,
} from '../../gateway/monitor/metrics.ts';
import type { FromChild, ToChild } from './messages.ts';
import { childEntry } from '../entry.ts';
import { tooFewFiles } from '../console/shortage.ts';
import type { GatewayStart } from './start-message.ts';
import { killWhenOrphaned } from './kill-when-orphaned.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { watchAnswers } from './watch-answers.ts';

/** Several processes that are one gateway: the system gives each of them connections in turn. */
export interface Workers {
  address: string;
  /** Resolves if one of them ends unexpectedly; the text says which and how. */
  failed: Promise<string>;
  /** Has all refuse new requests while their streams go on: see `Gateway.drain`. */
  drain(limitMs: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** A worker's request for the metrics of all, and its reply to the request of another. */
type FromWorker =
  | FromChild
  | { type: 'gather'; id: number }
  | { type: 'metrics'; id: number; of: number; metrics: GatewayMetrics };

type ToWorker =
  | ToChild
  | { type: 'tellMetrics'; id: number; of: number }
  | { type: 'gathered'; id: number; all: GatewayMetrics[] };

/** How long a worker may take until it listens. */
const startLimitMs = 60_000;

/** How long a worker may take to end its streams and exit before it is killed. */
const closeGraceMs = 5000;

/** How long the other workers may take to send their metrics. */
const gatherLimitMs = 1000;

/**
 * Starts the workers of a gateway, `workers` processes that share its streams.
 * @param signal aborts the start
 * @param onAnswering called when one of them stops answering, and when it answers again
 * @throws RehearsalError (reported) if one ended after it printed the reason
 * @throws RehearsalError (usage) if one does not listen in time
 * @throws the signal's reason
 */
export async function startWorkers(
  options: GatewayStart & { workers: number; maxStreams: number },
  signal: AbortSignal,
  onAnswering: (isAnswering: boolean, message: string) => void,
): Promise<Workers> {
  const { workers: count, maxStreams } = options;
  if (maxStreams < count) {
    throw new RehearsalError(
      'usage',
      `--max-streams: ${maxStreams} are too few for ${count} workers; each needs one`,
    );
  }
  const workers: Worker[] = [];
  let closing = false;
  const ends: Promise<string>[] = [];
  const kill = () => {
    for (const worker of workers) worker.process.kill('SIGKILL');
  };
  process.once('exit', kill);

  const close = async (graceMs = closeGraceMs) => {
    closing = true;
    const killTimer = setTimeout(kill, graceMs);
    for (const worker of workers) tell(worker, { type: 'close' });
    await Promise.all(ends);
    clearTimeout(killTimer);
    process.off('exit', kill);
  };

  cluster.setupPrimary({ exec: childEntry, args: ['gateway'] });
  let address = '';
  let limit: AbortSignal | undefined;
  try {
    // Starts one worker first, so that an address in use is reported once.
    for (let number = 1; number <= count; number += 1) {
      const worker = cluster.fork();
      const ended = endOf(worker, number);
      workers.push(worker);
      ends.push(ended);
      endWithUs(worker, ended);
      startWorker(worker, {
        ...options,
        worker: number,
        maxStreams: shareOf(maxStreams, number, count),
      });
      limit = AbortSignal.timeout(startLimitMs);
      const first = await Promise.race([
        listening(worker, AbortSignal.any([signal, limit])),
        ended,
      ]);
      if (first.endsWith(`(exit code ${exitCodes.noFileDescriptor})`))
        throw new RehearsalError('usage', tooFewFiles);
      if (first.endsWith(`(exit code ${exitCodes.usage})`))
        throw new RehearsalError('reported', first);
      if (first.startsWith('worker ')) throw new RehearsalError('usage', first);
      address = first;
      watchWorker(worker, number, ended, onAnswering);
    }
  } catch (error) {
    await close(0);
    signal.throwIfAborted();
    if (limit?.aborted !== true) throw error;
    throw new RehearsalError(
      'usage',
      `a worker of the gateway did not start within ${startLimitMs / 1000} s`,
    );
  }

  passMetricsOn(workers);
  return {
    address,
    failed: new Promise((resolve) => {
      void Promise.race(ends).then((how) => closing || resolve(how));
    }),
    async drain(limitMs, signal) {
      if (signal.aborted) return;
      const stop = () => {
        for (const worker of workers) tell(worker, { type: 'endDrain' });
      };
      signal.addEventListener('abort', stop);
      await Promise.all(
        workers.map((worker, index) => Promise.race([drained(worker, limitMs), ends[index]])),
      );
      signal.removeEventListener('abort', stop);
    },
    close,
  };
}

function drained(worker: Worker, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    worker.on('message', ({ type }: FromWorker) => {
      if (type === 'drained') resolve();
    });
    tell(worker, { type: 'drain', limitMs });
  });
}

/** Sends the start message once the worker can receive it: cluster discards earlier ones. */
function startWorker(worker: Worker, options: GatewayStart): void {
  worker.on('message', ({ type }: FromWorker) => {
    if (type === 'ready')
      tell(worker, { type: 'start', role: 'gateway', options, agentFollows: false });
  });
}

function watchWorker(
  worker: Worker,
  number: number,
  ended: Promise<string>,
  onAnswering: (isAnswering: boolean, message: string) => void,
): void {
  const name = `worker ${number} of the gateway`;
  const answers = watchAnswers(name, () => tell(worker, { type: 'alive' }), onAnswering);
  worker.on('message', ({ type }: FromWorker) => {
    if (type === 'alive') answers.answered();
  });
  void ended.then(answers.stop);
}

function endWithUs({ process: { pid } }: Worker, ended: Promise<string>): void {
  if (pid !== undefined) void ended.then(killWhenOrphaned(pid));
}

/** Collects the metrics of all workers for each worker that requests them. */
function passMetricsOn(workers: readonly Worker[]): void {
  const gathered = new Map<string, GatewayMetrics[]>();
  for (const worker of workers) {
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'gather') {
        for (const each of workers) {
          tell(each, { type: 'tellMetrics', id: message.id, of: worker.id });
        }
      }
      if (message.type === 'metrics') {
        const key = `${message.of} ${message.id}`;
        const all = [...(gathered.get(key) ?? []), message.metrics];
        gathered.set(key, all);
        if (all.length < workers.length) return;
        gathered.delete(key);
        const requester = workers.find(({ id }) => id === message.of);
        if (requester !== undefined) tell(requester, { type: 'gathered', id: message.id, all });
      }
    });
  }
}

// The callback takes the error of a process that is gone, which would otherwise be uncaught.
function tell(worker: Worker, message: ToWorker): void {
  worker.send(message, () => {});
}

function tellPrimary(message: FromWorker): void {
  process.send?.(message, () => {});
}

/** Returns a worker's share of the maximum of streams. */
function shareOf(total: number, number: number, count: number): number {
  return Math.floor(total / count) + (number <= total % count ? 1 : 0);
}

/**
 * Sends the metrics of this worker when another worker collects those of all.
 * @returns a function that returns the metrics of all; it throws a GatewayError if a worker does not answer
 */
export function shareMetrics(own: () => Promise<GatewayMetrics>): () => Promise<ExposedMetrics> {
  const waiting = new Map<number, (all: GatewayMetrics[]) => void>();
  let lastRequestId = 0;
  process.on('message', (message: ToWorker) => {
    if (message.type === 'tellMetrics') {
      const { id, of } = message;
      void own().then((metrics) => tellPrimary({ type: 'metrics', id, of, metrics }));
    }
    if (message.type === 'gathered') waiting.get(message.id)?.(message.all);
  });
  return () =>
    new Promise((resolve, reject) => {
      const id = (lastRequestId += 1);
      const limit = setTimeout(() => {
        waiting.delete(id);
        const details = 'a worker of the gateway does not answer';
        reject(new GatewayError('INTERNAL', details, { httpStatus: 503 }));
      }, gatherLimitMs);
      waiting.set(id, (all) => {
        clearTimeout(limit);
        waiting.delete(id);
        resolve(exposeTogether(all));
      });
      tellPrimary({ type: 'gather', id });
    });
}

async function listening(worker: Worker, signal: AbortSignal): Promise<string> {
  for (;;) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const [message] = (await once(worker, 'message', { signal })) as [FromWorker];
    if (message.type === 'listening') return message.address;
  }
}

async function endOf(worker: Worker, number: number): Promise<string> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const [code, signal] = (await once(worker, 'exit')) as [number | null, string | null];
  return `worker ${number} of the gateway ended (${signal ?? `exit code ${code}`})`;
}
