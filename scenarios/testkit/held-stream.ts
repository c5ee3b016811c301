import { z } from 'zod';

import { streamLimitSchema } from '../control/read-input.ts';
import { readArgument } from './check-options.ts';
import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import type { OpenStream, OpenStreams, StreamAction } from '../control/open-streams.ts';
import type { FaultChoice } from '../control/fault-choice.ts';
import { AgentError } from '../../mock-agent/agent-error.ts';
import { requestedFault } from '../../mock-agent/faults/requested-fault.ts';

/** A place in a stream, in the form of a fault's `at`. */
export type StreamPlace =
  | 'start'
  | 'underway'
  | 'end'
  | { chunks: number }
  | { chars: number }
  | { time: string };

/** How long a call may take, in milliseconds; `timeoutMs` of the rehearsal by default. */
export interface StreamLimit {
  timeoutMs?: number | undefined;
}

/**
 * An open stream in the hands of a test. Each call resolves once the system has taken the bytes that it sends,
 * and rejects with a RehearsalError (stream) that says why if the stream is over, the call does not fit it, or
 * the time is up; with a RehearsalError (usage) for wrong options.
 */
export interface HeldStream {
  /** The id of its request in `requests()`. */
  id: string;
  /** Plays up to exactly a place, and holds there. */
  until(place: StreamPlace, options?: StreamLimit & { pings?: boolean }): Promise<OpenStream>;
  /** Holds it where it is; with `pings: false` the gateway sends no pings meanwhile. */
  hold(options?: { pings?: boolean }): Promise<OpenStream>;
  /** Sends the next chunks of the held stream, 1 by default. */
  step(count?: number, options?: StreamLimit): Promise<OpenStream>;
  /** Goes on with the planned distances; the text is that of the plan. */
  release(): Promise<OpenStream>;
  /** Strikes with a fault of the agent (`error` by default) where the stream is, or at the `at` of the fault. */
  fail(fault?: FaultChoice, options?: StreamLimit): Promise<OpenStream>;
  /** Closes the connection (`fin`, the default), resets it, or ends the body without the final message. */
  cut(by?: 'fin' | 'reset' | 'end', options?: StreamLimit): Promise<OpenStream>;
}

/** Below the 5 s after which Vitest stops a test, so that the test fails with the reason. */
export const defaultTimeoutMs = 4000;

const holdSchema = z.strictObject({ pings: z.boolean().default(true) });

const untilSchema = z.strictObject({ ...holdSchema.shape, ...streamLimitSchema.shape });

const cuts = ['fin', 'reset', 'end'];

/** Tests in JavaScript have no types to stop a mistake. */
function refuseUnless(isValid: boolean, message: string): void {
  if (!isValid) throw new RehearsalError('stream', message);
}

/**
 * Returns the latest open stream of a test, or its next one.
 * @param defaultLimitMs how long a call may take that names no time of its own
 * @throws RehearsalError (stream) that names the requests that came instead, if none is opened in time
 */
export async function streamInHand(
  streams: OpenStreams,
  { test, timeoutMs }: { test?: string | undefined } & StreamLimit,
  defaultLimitMs: number,
): Promise<HeldStream> {
  const id = await explain(() => streams.next(test, timeoutMs ?? defaultLimitMs));
  const act = (action: StreamAction, { timeoutMs: limitMs = defaultLimitMs }: StreamLimit = {}) =>
    explain(() => streams.act(id, action, limitMs));
  return {
    id,
    async until(at, options = {}) {
      const read = readArgument('until', 'options', untilSchema, options);
      const { timeoutMs: limitMs = defaultLimitMs, pings } = read;
      return act({ do: 'until', at, pings, limitMs }, { timeoutMs: limitMs });
    },
    async hold(options = {}) {
      const { pings } = readArgument('hold', 'options', holdSchema, options);
      return act({ do: 'hold', pings });
    },
    async step(count = 1, options = {}) {
      const limit = readArgument('step', 'options', streamLimitSchema, options);
      const isCount = Number.isInteger(count) && count >= 1;
      refuseUnless(isCount, `step: must be a whole number from 1, not ${JSON.stringify(count)}`);
      const { timeoutMs: limitMs = defaultLimitMs } = limit;
      return act({ do: 'step', count, limitMs }, { timeoutMs: limitMs });
    },
    release: () => act({ do: 'release' }),
    async fail(fault = 'error', options = {}) {
      const limit = readArgument('fail', 'options', streamLimitSchema, options);
      return explain(() => act({ do: 'fail', fault: requestedFault(fault) }, limit));
    },
    async cut(by = 'fin', options = {}) {
      const limit = readArgument('cut', 'options', streamLimitSchema, options);
      const message = `cut: must be one of ${cuts.join(', ')}, not ${JSON.stringify(by)}`;
      refuseUnless(cuts.includes(by), message);
      return act({ do: 'cut', by }, limit);
    },
  };
}

/** Throws refusals from here, so that their stack leads to the line of the test. */
async function explain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AgentError || isRehearsalError(error, 'stream'))) throw error;
    throw new RehearsalError('stream', error.message, { cause: error });
  }
}
