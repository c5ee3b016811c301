import type { Format, GenerationRequest } from './request.ts';
import type { Plan } from './server.ts';
import { openStream, type Part, type TextPart } from './transports.ts';

/** How a run is, or how it ended. */
export type State = 'waiting' | 'streaming' | 'held' | Ending['kind'];

type Ending =
  | { kind: 'completed' }
  | { kind: 'stopped' }
  | { kind: 'failed' | 'cut' | 'malformed'; cause: string }
  | { kind: 'refused'; cause: string; retryAfterSec: number | undefined };

/** Something other than text, with its time in milliseconds after the request. */
export interface Moment {
  kind: 'ping' | 'reconnect' | 'hold' | 'step' | 'release' | Ending['kind'];
  atMs: number;
}

/** A stream under way, or at its end. Times are in milliseconds after the request. */
export interface Run {
  readonly request: GenerationRequest;
  readonly startMs: number;
  /** Undefined until it is known, and where it cannot be. */
  plan: Plan | undefined;
  /** The name of the fault that the request asks for; empty for none. */
  readonly fault: string;
  /** When each message with text arrived. */
  readonly arrivalsMs: number[];
  readonly moments: Moment[];
  chars: number;
  /** Whether this page may hold the stream. */
  mayHold: boolean;
  isHeld: boolean;
  ending: Ending | undefined;
  endMs: number | undefined;
  note(kind: Moment['kind']): void;
  stop(): void;
}

export interface RunOptions {
  request: GenerationRequest;
  fault: string;
  format: Format;
  /** Raw text, as it arrives. */
  onFrame(text: string): void;
  onText(part: TextPart): void;
  /** Called after every change. */
  onChange(): void;
}

/** Reads a stream up to its end; the first reason to end counts. */
export function startRun({ request, fault, format, onFrame, onText, onChange }: RunOptions): Run {
  const startMs = performance.now();
  const sinceStart = () => performance.now() - startMs;

  function end(ending: Ending): void {
    if (run.ending !== undefined) return;
    run.endMs = sinceStart();
    run.ending = ending;
    run.isHeld = false;
    run.note(ending.kind);
    close();
    onChange();
  }

  function take(part: Part): void {
    if (run.ending !== undefined) return;
    switch (part.kind) {
      case 'text':
      case 'reasoning':
      case 'toolCall':
        run.arrivalsMs.push(sinceStart());
        if (part.kind === 'text') run.chars += Array.from(part.text).length;
        onText(part);
        break;
      case 'ping':
      case 'reconnect':
        run.note(part.kind);
        break;
      case 'final':
        end({ kind: 'completed' });
        return;
      case 'error':
        end({ kind: 'failed', cause: part.message });
        return;
      case 'malformed':
        end({ kind: 'malformed', cause: 'an event without valid data' });
        return;
      case 'refused':
        end({ kind: 'refused', cause: part.message, retryAfterSec: part.retryAfterSec });
        return;
      case 'closed':
        end({ kind: 'cut', cause: part.cause });
        return;
    }
    onChange();
  }

  const run: Run = {
    request,
    startMs,
    plan: undefined,
    fault,
    arrivalsMs: [],
    moments: [],
    chars: 0,
    mayHold: false,
    isHeld: false,
    ending: undefined,
    endMs: undefined,
    note: (kind) => run.moments.push({ kind, atMs: sinceStart() }),
    stop: () => end({ kind: 'stopped' }),
  };
  const close = openStream(format, request, { onFrame, onPart: take });
  return run;
}

/** The state of a run, in one word. */
export function stateOf({ ending, isHeld, arrivalsMs }: Run): State {
  if (ending !== undefined) return ending.kind;
  if (isHeld) return 'held';
  return arrivalsMs.length === 0 ? 'waiting' : 'streaming';
}
