import type { Times } from './timeline.ts';
import { transports, type GenerationRequest, type Interruption } from './transports.ts';

/** How an outcome is shown: neutral, good or bad. */
export type Verdict = '' | 'good' | 'bad';

/** A stream under way. */
export interface Run {
  readonly times: Times;
  stop(): void;
}

export interface RunOptions {
  request: GenerationRequest;
  transport: keyof typeof transports;
  /** Returns the planned times of the stream, in milliseconds. */
  plan(request: GenerationRequest, signal: AbortSignal): Promise<number[]>;
  /** Raw text, as it arrives. */
  onFrame(text: string): void;
  onText(delta: string): void;
  /** Called once. */
  onEnd(verdict: Verdict, message: string): void;
}

/** Reads a stream up to its end; the first reason to end counts. */
export function startRun({ request, transport, plan, onFrame, onText, onEnd }: RunOptions): Run {
  const times = { plannedMs: undefined as number[] | undefined, arrivalsMs: [] as number[] };
  const stopped = new AbortController();
  let chars = 0;
  let close: (() => void) | undefined;

  function end(verdict: Verdict, message: string): void {
    if (stopped.signal.aborted) return;
    stopped.abort();
    close?.();
    onEnd(verdict, message);
  }

  async function open(): Promise<void> {
    times.plannedMs = await plan(request, stopped.signal);
    if (stopped.signal.aborted) return;
    const startMs = performance.now();
    close = transports[transport](request, {
      onFrame,
      onInterruption: (interruption, cause) => end('bad', describe(interruption, cause)),
      onPart(part) {
        if (stopped.signal.aborted || part.kind === 'ping') return;
        if (part.kind === 'malformed') {
          end('bad', 'Broken: an event without valid data. A good client ends the stream here.');
        } else if (part.kind === 'error') {
          const { code, error, details } = part;
          end('bad', `Failed: ${code}, ${error} (${details}). Keep the text before it.`);
        } else {
          if (part.delta !== '') {
            times.arrivalsMs.push(performance.now() - startMs);
            chars += Array.from(part.delta).length;
            onText(part.delta);
          }
          if (part.isFinal) {
            end('good', `Completed: ${chars} characters in ${times.arrivalsMs.length} messages.`);
          }
        }
      },
    });
  }

  open().catch((error: unknown) => end('bad', messageOf(error)));
  return { times, stop: () => end('', 'Stopped: the server stops its work as well.') };
}

function describe(interruption: Interruption, cause: string): string {
  return interruption === 'refused'
    ? `Refused: ${cause}.`
    : `Cut: the stream ended without its final message (${cause}). It looks complete, but it is not.`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
