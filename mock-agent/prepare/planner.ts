import { Worker } from 'node:worker_threads';

import type { status } from '@grpc/grpc-js';

import { prepareStream, shareText, type PreparedStream } from './prepare.ts';
import { RefusedRequest, type AgentScenario, type ResolvedRequest } from './resolve-request.ts';
import { sizeOfStream, unitsOfScenario } from './stream-size.ts';
import { setImmediate } from '../../proto/timers.ts';

/** Plans streams, large ones in a thread of their own: no other stream waits for them. */
export interface Planner {
  /**
   * Returns a small stream at once.
   * @param isWanted asked before a large one is begun; where it is false, the promise gives undefined
   * @throws RefusedRequest for a fault of the request that is none.
   */
  prepare(
    resolved: ResolvedRequest,
    inFlight: number,
    isWanted: () => boolean,
  ): PreparedStream | Promise<PreparedStream | undefined>;
  /** Starts the thread where a scenario needs it for each request, so that the first does not wait. */
  startFor(scenarios: readonly AgentScenario[]): void;
  /** Frees the memory that the thread holds for scenarios; those asked for again are sent again. */
  forgetScenarios(): void;
  close(): Promise<void>;
}

export type ToPlanner =
  | { type: 'forget' }
  | {
      type: 'prepare';
      scenarioId: number;
      /** Sent once. */
      scenario: AgentScenario | undefined;
      resolved: Omit<ResolvedRequest, 'scenario'>;
      inFlight: number;
    };

export type FromPlanner =
  | { type: 'ready' }
  | { type: 'prepared'; prepared: PreparedStream }
  | { type: 'refused'; code: status; message: string }
  | { type: 'failed'; error: unknown };

interface Job {
  resolved: ResolvedRequest;
  inFlight: number;
  isWanted: () => boolean;
  resolve(prepared: PreparedStream | undefined): void;
  reject(error: unknown): void;
}

/** What is planned in a millisecond or two is planned at once. */
const atOnceUnits = 10_000;

const threadUrl = new URL(`planner-thread${import.meta.url.slice(-3)}`, import.meta.url);

/** @param noThread called where no thread can be had: then large streams hold up others after all */
export function createPlanner(noThread: (error: Error) => void): Planner {
  const queue: Job[] = [];
  /** The job that the thread has. */
  let current: Job | undefined;
  let thread: Worker | undefined;
  let isReady = false;
  let isThreadless = false;
  let ids = new WeakMap<AgentScenario, number>();
  let lastId = 0;

  const settle = (how: (job: Job) => void): void => {
    const job = current;
    current = undefined;
    if (job !== undefined) how(job);
    next();
  };

  const startThread = (): Worker => {
    isReady = false;
    ids = new WeakMap();
    const worker = new Worker(threadUrl);
    worker.unref();
    worker.on('message', (message: FromPlanner) => {
      switch (message.type) {
        case 'ready':
          isReady = true;
          return;
        case 'prepared':
          settle((job) => job.resolve(shareTexts(message.prepared, job.resolved)));
          return;
        case 'refused':
          settle((job) => job.reject(new RefusedRequest(message.code, message.message)));
          return;
        case 'failed':
          settle((job) => job.reject(message.error));
      }
    });
    worker.once('error', (error: Error) => {
      thread = undefined;
      if (isReady) {
        settle((job) => job.reject(error));
        return;
      }
      isThreadless = true;
      noThread(error);
      settle((job) => prepareHere(job));
    });
    return worker;
  };

  const next = (): void => {
    if (current !== undefined) return;
    let job = queue.shift();
    for (; job !== undefined && !job.isWanted(); job = queue.shift()) job.resolve(undefined);
    if (job === undefined) return;
    if (isThreadless) {
      prepareHere(job);
      setImmediate(next);
      return;
    }
    current = job;
    thread ??= startThread();
    const { scenario, ...resolved } = job.resolved;
    const known = ids.get(scenario);
    const scenarioId = known ?? (lastId += 1);
    ids.set(scenario, scenarioId);
    const { name, behaviour, cases, seed } = scenario;
    post(thread, {
      type: 'prepare',
      scenarioId,
      scenario: known === undefined ? { name, behaviour, cases, seed } : undefined,
      resolved,
      inFlight: job.inFlight,
    });
  };

  return {
    prepare(resolved, inFlight, isWanted) {
      if (sizeOfStream(resolved) <= atOnceUnits) {
        return shareTexts(prepareStream(resolved, inFlight), resolved);
      }
      return new Promise((resolve, reject) => {
        queue.push({ resolved, inFlight, isWanted, resolve, reject });
        next();
      });
    },
    startFor(scenarios) {
      if (isThreadless || !scenarios.some((each) => unitsOfScenario(each) > atOnceUnits)) return;
      thread ??= startThread();
    },
    forgetScenarios() {
      ids = new WeakMap();
      if (thread !== undefined) post(thread, { type: 'forget' });
    },
    async close() {
      for (const job of queue.splice(0)) job.resolve(undefined);
      const stopping = thread?.terminate();
      settle((job) => job.resolve(undefined));
      await stopping;
    },
  };
}

function post(thread: Worker, message: ToPlanner): void {
  thread.postMessage(message, []);
}

function prepareHere({ resolved, inFlight, resolve, reject }: Job): void {
  try {
    resolve(shareTexts(prepareStream(resolved, inFlight), resolved));
  } catch (error) {
    reject(error);
  }
}

/** Has a stream whose text is the prompt's or the scenario's use that, in place of a copy. */
function shareTexts(
  prepared: PreparedStream,
  { scenario: { behaviour, cases }, request }: ResolvedRequest,
): PreparedStream {
  const given = [behaviour, ...cases.map((each) => each.behaviour)].flatMap(({ text }) =>
    'given' in text ? [text.given] : [],
  );
  return [request.prompt, ...given].reduce(shareText, prepared);
}
