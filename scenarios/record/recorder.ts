import { RehearsalError } from '../console/rehearsal-error.ts';
import { longestText } from '../../mock-agent/text/text.ts';
import { mostChunks, type TraceChunk } from '../../mock-agent/plan/trace.ts';
import { plural } from '../../reports/quantity.ts';

/** The request to record. */
export interface RecordingRequest {
  prompt: string;
  model: string;
  /** Sent as `Authorization: Bearer …`. */
  token?: string | undefined;
}

/** Time limits of a recording, in milliseconds. */
export interface RecordingLimits {
  /** Without a chunk; pings do not count. */
  idleMs: number;
  /** For the complete stream. */
  streamMs: number;
}

/** Records chunks with their times. */
export interface Recorder {
  /** Aborts when a limit is exceeded, and with the caller's signal. */
  readonly signal: AbortSignal;
  readonly chunks: readonly TraceChunk[];
  /** Adds a chunk received now. */
  add(text: string): void;
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
  let chars = 0;

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
    chunks,
    add(text) {
      idleTimer.refresh();
      chars += text.length;
      chunks.push({ ms: Math.round(performance.now() - startMs), text });
      if (chunks.length > mostChunks || chars > longestText) {
        abort('the stream is longer than the maximum of a trace');
      }
    },
    failure,
    stop() {
      clearTimeout(idleTimer);
      clearTimeout(streamTimer);
    },
  };
}
