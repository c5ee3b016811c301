import { Worker } from 'node:worker_threads';

import { AgentError } from '../agent-error.ts';
import { prepareStream, shareText, type PreparedStream } from './prepare.ts';
import type { AgentScenario, ResolvedRequest } from './resolve-request.ts';
import { sizeOfStream, unitsOfScenario } from './stream-size.ts';
import { setImmediate } from '../../proto/timers.ts';

/** Plans streams, large ones in a worker thread, so that they do not delay other streams. */
export interface Planner {
  /**
   * Plans a stream, a small one synchronously.
   * @param isWanted checked before a large one is planned; if false, the promise resolves to undefined
   * @throws AgentError if the request's fault is invalid
   */
  prepare(
    resolved: ResolvedRequest,
    inFlight: number,
    isWanted: () => boolean,
  ): PreparedStream | Promise<PreparedStream | undefined>;
  /** Starts the thread if all streams of a scenario are large, so that the first one need not wait for it. */
  startFor(scenarios: readonly AgentScenario[]): void;
  /** Frees the thread's memory of scenarios; they are sent again when needed. */
  forgetScenarios(): void;
  close(): Promise<void>;
}

export type ToPlanner =
  | { type: 'forget' }
  | {
      type: 'prepare';
      scenarioId: number;
      /** Sent only once. */
      scenario: AgentScenario | undefined;
      resolved: Omit<ResolvedRequest, 'scenario'>;
      inFlight: number;
    };

export type FromPlanner =
  | { type: 'ready' }
  | { type: 'prepared'; prepared: PreparedStream }
  | { type: 'refused'; code: AgentError['code']; message: string }
  | { type: 'failed'; error: unknown };

interface Job {
  resolved: ResolvedRequest;
  inFlight: number;
  isWanted: () => boolean;
  resolve(prepared: PreparedStream | undefined): void;
  reject(error: unknown): void;
}

/** Streams up to this size take a millisecond or two and are planned synchronously. */
const atOnceUnits = 10_000;

const threadUrl = new URL(`planner-thread${import.meta.url.slice(-3)}`, import.meta.url);

/** @param onNoThread called if no thread can be started; then large streams do delay others */
export function createPlanner(onNoThread: (error: Error) => void): Planner {
  const queue: Job[] = [];
  /** The job in the thread. */
  let current: Job | undefined;
  let thread: Worker | undefined;
  let isReady = false;
  let isThreadless = false;
  let ids = new WeakMap<AgentScenario, number>();
  let lastId = 0;

  const settle = (action: (job: Job) => void): void => {
    const job = current;
    current = undefined;
    if (job !== undefined) action(job);
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
          settle((job) => job.reject(new AgentError(message.code, message.message)));
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
      onNoThread(error);
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
    const knownId = ids.get(scenario);
    const scenarioId = knownId ?? (lastId += 1);
    ids.set(scenario, scenarioId);
    const { name, behaviour, cases, seed } = scenario;
    post(thread, {
      type: 'prepare',
      scenarioId,
      scenario: knownId === undefined ? { name, behaviour, cases, seed } : undefined,
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

/** Replaces a copy of the prompt or of the scenario's text by the original string. */
function shareTexts(
  prepared: PreparedStream,
  { scenario: { behaviour, cases }, request }: ResolvedRequest,
): PreparedStream {
  const givenTexts = [behaviour, ...cases.map((each) => each.behaviour)].flatMap(({ text }) =>
    'given' in text ? [text.given] : [],
  );
  return [request.prompt, ...givenTexts].reduce(shareText, prepared);
}
