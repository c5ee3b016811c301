import type { AgentAccess } from '../../gateway/agent/agent-access.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { longestText } from '../../mock-agent/text/text.ts';
import type { Dialect } from '../../proto/dialects/dialect.ts';
import { mostChunks, unitsOf, type TraceChunk } from '../../mock-agent/plan/trace.ts';
import type { Trust } from '../load/target/trust.ts';
import { plural } from '../../reports/quantity.ts';

/** The request to record. */
export interface RecordingRequest {
  prompt: string;
  model: string;
  /** Undefined for the specified format. */
  dialect?: Dialect | undefined;
  /** Sent as `Authorization: Bearer …`, or in the header in which clients of the dialect send their key. */
  token?: string | undefined;
  /** More headers of the request, by lower-case name; their values are secrets. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** More fields of the JSON body. */
  body?: Readonly<Record<string, unknown>> | undefined;
  /** How an agent at `grpcs:` is reached; by default its certificate is checked by the authorities of Node. */
  access?: AgentAccess | undefined;
  /** Which certificates of a server at `https:` are accepted; by default those that Node trusts. */
  trust?: Trust | undefined;
}

/** Time limits of a recording, in milliseconds. */
export interface RecordingLimits {
  /** Without a chunk; pings do not count. */
  idleMs: number;
  /** For the complete stream. */
  streamMs: number;
}

/** Why a stream ended, and its tokens. */
type Ending = Pick<TraceChunk, 'finishReason' | 'usage'>;

/** Records chunks with their times. */
export interface Recorder {
  /** Aborts when a limit is exceeded, and with the caller's signal. */
  readonly signal: AbortSignal;
  /** Returns the chunks so far; finish reason and usage are on the last one, wherever they came. */
  chunks(): TraceChunk[];
  /** Adds a chunk received now. */
  add(chunk: Omit<TraceChunk, 'ms' | keyof Ending>): void;
  /** Sets finish reason or usage. */
  setEnding(ending: Ending): void;
  /** Returns the error of a stream that did not complete, with the number of its chunks. */
  failure(problem: string): RehearsalError;
  /** Stops the timers; must be called at the end. */
  stop(): void;
}

/** Starts a recorder and its clock. */
export function startRecorder(limits: RecordingLimits, interrupt: AbortSignal): Recorder {
  const startMs = performance.now();
  const chunks: TraceChunk[] = [];
  const limit = new AbortController();
  let ending: Ending = {};
  let units = 0;

  const failure = (problem: string): RehearsalError =>
    new RehearsalError(
      'recording',
      chunks.length === 0 ? problem : `${problem}, after ${plural(chunks.length, 'chunk')}`,
    );
  const abort = (problem: string) => limit.abort(failure(problem));

  const idleTimer = setTimeout(
    () => abort(`no chunk for ${limits.idleMs / 1000} s`),
    limits.idleMs,
  );
  const streamTimer = setTimeout(
    () => abort(`the stream was still open after ${limits.streamMs / 1000} s`),
    limits.streamMs,
  );
  return {
    signal: AbortSignal.any([limit.signal, interrupt]),
    chunks() {
      const last = chunks.at(-1);
      return last === undefined ? [] : [...chunks.slice(0, -1), { ...last, ...ending }];
    },
    add(content) {
      idleTimer.refresh();
      const chunk = { ms: Math.round(performance.now() - startMs), ...content };
      units += unitsOf(chunk);
      chunks.push(chunk);
      if (chunks.length > mostChunks || units > longestText) {
        abort('the stream is longer than the maximum of a trace');
      }
    },
    setEnding(part) {
      ending = { ...ending, ...part };
    },
    failure,
    stop() {
      clearTimeout(idleTimer);
      clearTimeout(streamTimer);
    },
  };
}
