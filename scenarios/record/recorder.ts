import { RehearsalError } from '../console/rehearsal-error.ts';
import { longestText } from '../../mock-agent/text/text.ts';
import { mostChunks, type TraceChunk } from '../../mock-agent/plan/trace.ts';
import { plural } from '../../reports/quantity.ts';

/** What to ask for. */
export interface RecordingRequest {
  prompt: string;
  model: string;
  /** Sent as `Authorization: Bearer …`. */
  token?: string | undefined;
}

/** How long to wait for a stream that is to be recorded, in milliseconds. */
export interface RecordingLimits {
  /** Without a chunk; a ping is none. */
  idleMs: number;
  /** For the whole stream. */
  streamMs: number;
}

/** Writes down when which chunk came. */
export interface Recorder {
  /** Fires when a limit is over, or with the signal of the one who wants the recording. */
  readonly signal: AbortSignal;
  readonly chunks: readonly TraceChunk[];
  /** Takes a chunk that came just now. */
  take(text: string): void;
  /** The error of a stream that ended otherwise than well, with how far it came. */
  lost(how: string): RehearsalError;
  /** To be called when nothing more comes. */
  stop(): void;
}

/** The clock of the recording starts at once. */
export function startRecorder(limits: RecordingLimits, interrupt: AbortSignal): Recorder {
  const startMs = performance.now();
  const chunks: TraceChunk[] = [];
  const limit = new AbortController();
  let chars = 0;

  const lost = (how: string): RehearsalError =>
    new RehearsalError(
      'recording',
      chunks.length === 0 ? how : `${how}, after ${plural(chunks.length, 'chunk')}`,
    );
  const endBy = (how: string) => limit.abort(lost(how));

  const idle = setTimeout(() => endBy(`nothing came for ${limits.idleMs / 1000} s`), limits.idleMs);
  const whole = setTimeout(
    () => endBy(`the stream was still open after ${limits.streamMs / 1000} s`),
    limits.streamMs,
  );
  return {
    signal: AbortSignal.any([limit.signal, interrupt]),
    chunks,
    take(text) {
      idle.refresh();
      chars += text.length;
      chunks.push({ ms: Math.round(performance.now() - startMs), text });
      if (chunks.length > mostChunks || chars > longestText) {
        endBy('the stream is longer than a trace may be');
      }
    },
    lost,
    stop() {
      clearTimeout(idle);
      clearTimeout(whole);
    },
  };
}
