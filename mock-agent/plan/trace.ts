import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { longestMs } from '../../proto/notation/duration-notation.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import type { PlannedStream } from '../planned-stream.ts';
import { longestText } from '../text/text.ts';

export const mostChunks = 100_000;

/** No list of problems is worth reading any further. */
const mostProblems = 20;

const chunkSchema = z.strictObject({
  /** When it left, in milliseconds after the request. */
  ms: z.number().min(0).max(longestMs),
  text: wellFormedText,
});

/** A chunk of a stream that was once seen. */
export type TraceChunk = z.output<typeof chunkSchema>;

/** The chunks of a trace, in the order in which they came. */
export const givenChunksSchema = z
  .array(chunkSchema)
  .min(1, { error: 'a trace has at least one chunk' })
  .max(mostChunks, { error: `a trace has at most ${mostChunks} chunks` })
  .superRefine((chunks, { issues }) => {
    if (!Array.isArray(chunks)) return;
    let before = 0;
    let length = 0;
    for (const [index, chunk] of chunks.entries()) {
      // A chunk that is wrong itself is left out: the others can still contradict each other.
      if (!isChunk(chunk)) continue;
      const { ms, text } = chunk;
      if (ms < before) {
        issues.push({
          code: 'custom',
          input: ms,
          path: [index, 'ms'],
          message: `${ms} is before the chunk above, which left at ${before}`,
        });
      }
      before = ms;
      length += text.length;
    }
    if (length > longestText) {
      const message = `the text of a trace has at most ${longestText} characters`;
      issues.push({ code: 'custom', input: chunks, path: [], message });
    }
  }, besideProblems);

function isChunk(chunk: unknown): chunk is TraceChunk {
  if (typeof chunk !== 'object' || chunk === null) return false;
  const { ms, text }: { ms?: unknown; text?: unknown } = chunk;
  return typeof ms === 'number' && ms >= 0 && typeof text === 'string';
}

/** A stream that was once seen, to be replayed as it was. */
export const traceSchema = z.union(
  [
    z.strictObject({ given: givenChunksSchema }),
    /** Beside the scenario file; whoever read that puts what it holds in its place, as `given`. */
    z.strictObject({ file: z.string().min(1) }),
  ],
  { error: 'write file: recorded.jsonl, or given: [{ms: 312, text: "Hel"}]' },
);

export type Trace = z.output<typeof traceSchema>;

/** The chunks at their times; the last of them is the final one. */
export function replayTrace(trace: Trace): PlannedStream {
  if ('file' in trace) throw new Error(`the trace ${trace.file} was not read`);
  const last = trace.given.length - 1;
  const chunks = trace.given.map(({ ms, text }, index) => ({
    atMs: Math.round(ms),
    delta: text,
    isFinal: index === last,
  }));
  return { acceptAtMs: 0, chunks, end: { kind: 'final', atMs: chunks[last]?.atMs ?? 0 }, wire: [] };
}

/** Something wrong with a line, counted from 1. */
export interface TraceProblem {
  line: number;
  message: string;
}

/** A trace as it is kept in a file (JSONL): one chunk a line, `{"ms":312,"text":"Hel"}`. */
export function formatTrace(chunks: readonly TraceChunk[]): string {
  return chunks.map(({ ms, text }) => `${JSON.stringify({ ms, text })}\n`).join('');
}

/** Reads what `formatTrace` writes. Empty lines are skipped; every other has to be a chunk. */
export function parseTrace(jsonl: string): { chunks: TraceChunk[]; problems: TraceProblem[] } {
  const problems: TraceProblem[] = [];
  const values: unknown[] = [];
  const lineOf: number[] = [];
  for (const [index, source] of jsonl.split('\n').entries()) {
    if (source.trim() === '') continue;
    const line = index + 1;
    try {
      values.push(JSON.parse(source));
      lineOf.push(line);
    } catch {
      problems.push({ line, message: 'no JSON; a line is a chunk: {"ms": 312, "text": "Hel"}' });
    }
  }
  const parsed = givenChunksSchema.safeParse(values, { error: wordIssue });
  for (const { path, message } of parsed.error?.issues ?? []) {
    const [index, ...key] = path;
    const line = typeof index === 'number' ? (lineOf[index] ?? 1) : 1;
    problems.push({ line, message: [...key.map(String), message].join(': ') });
  }
  return {
    chunks: parsed.data ?? [],
    problems: problems.toSorted((a, b) => a.line - b.line).slice(0, mostProblems),
  };
}
