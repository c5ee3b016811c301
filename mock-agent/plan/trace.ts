import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { longestMs } from '../../proto/notation/duration-notation.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { finishReasons } from '../../proto/parts.ts';
import type { PlannedChunk, PlannedStream } from '../planned-stream.ts';
import { longestText } from '../text/text.ts';
import { mostToolCalls } from './tool-calls.ts';

export const mostChunks = 100_000;

/** The most problems of a file that are reported. */
const mostProblems = 20;

const tokens = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

/** A piece of a tool call; the first one of an index has id and name. */
const fragmentSchema = z.strictObject({
  index: z
    .int()
    .min(0)
    .max(mostToolCalls - 1)
    .default(0),
  id: wellFormedText.default(''),
  name: wellFormedText.default(''),
  arguments: wellFormedText.default(''),
});

const chunkSchema = z
  .strictObject({
    /** The send time, in milliseconds after the request. */
    ms: z.number().min(0).max(longestMs),
    /** Required of a chunk without parts. */
    text: wellFormedText.optional(),
    reasoning: wellFormedText.min(1).optional(),
    toolCalls: z.array(fragmentSchema).min(1).optional(),
    finishReason: z.enum(finishReasons).optional(),
    usage: z
      .strictObject({
        inputTokens: tokens,
        outputTokens: tokens,
        reasoningTokens: tokens.default(0),
        cachedTokens: tokens.default(0),
      })
      .optional(),
  })
  .refine((chunk) => Object.keys(chunk).length > 1, {
    path: ['text'],
    error: 'is missing; a chunk has a text or parts',
  })
  .transform(({ text = '', ...chunk }) => ({ ...chunk, text }));

/** A chunk of a recorded stream. */
export type TraceChunk = z.output<typeof chunkSchema>;

/** The chunks of a trace, in their order. */
export const givenChunksSchema = z
  .array(chunkSchema)
  .min(1, { error: 'a trace has at least one chunk' })
  .max(mostChunks, { error: `a trace has at most ${mostChunks} chunks` })
  .superRefine((chunks, { issues }) => {
    if (!Array.isArray(chunks)) return;
    let previousMs = 0;
    let length = 0;
    for (const [index, chunk] of chunks.entries()) {
      // Invalid chunks are skipped; the others are still checked against each other.
      if (!isChunk(chunk)) continue;
      const { ms } = chunk;
      if (ms < previousMs) {
        issues.push({
          code: 'custom',
          input: ms,
          path: [index, 'ms'],
          message: `${ms} is before the chunk above, at ${previousMs}; sort the chunks by time`,
        });
      }
      previousMs = ms;
      for (const key of ['finishReason', 'usage'] as const) {
        if (chunk[key] === undefined || index === chunks.length - 1) continue;
        const message = 'belongs to the last chunk of a trace';
        issues.push({ code: 'custom', input: chunk[key], path: [index, key], message });
      }
      length += unitsOf(chunk);
    }
    if (length > longestText) {
      const message = `the text and the parts of a trace have at most ${longestText} characters`;
      issues.push({ code: 'custom', input: chunks, path: [], message });
    }
  }, besideProblems);

/** Returns the length of a chunk's text and parts, in code units. */
export function unitsOf({ text, reasoning = '', toolCalls = [] }: TraceChunk): number {
  return toolCalls.reduce(
    (units, fragment) => units + fragment.arguments.length,
    text.length + reasoning.length,
  );
}

function isChunk(chunk: unknown): chunk is TraceChunk {
  if (typeof chunk !== 'object' || chunk === null) return false;
  const { ms, text }: { ms?: unknown; text?: unknown } = chunk;
  return typeof ms === 'number' && ms >= 0 && typeof text === 'string';
}

/** A recorded stream to replay. */
export const traceSchema = z.union(
  [
    z.strictObject({ given: givenChunksSchema }),
    /** A path relative to the scenario file. The reader of the file replaces it by `given`. */
    z.strictObject({ file: z.string().min(1) }),
  ],
  { error: 'write file: recorded.jsonl, or given: [{ms: 312, text: "Hel"}]' },
);

export type Trace = z.output<typeof traceSchema>;

/** Returns the recorded chunks at their times; the last one is final. */
export function replayTrace(trace: Trace): PlannedStream {
  if ('file' in trace) throw new Error(`the trace ${trace.file} was not read`);
  const last = trace.given.length - 1;
  const chunks = trace.given.map(
    ({ ms, text, reasoning, toolCalls, finishReason, usage }, index): PlannedChunk => {
      const parts = {
        ...(reasoning === undefined ? {} : { reasoning }),
        ...(toolCalls === undefined ? {} : { toolCalls }),
        ...(finishReason === undefined ? {} : { finishReason }),
        ...(usage === undefined ? {} : { usage }),
      };
      return {
        atMs: Math.round(ms),
        delta: text,
        isFinal: index === last,
        ...(Object.keys(parts).length === 0 ? {} : { parts }),
      };
    },
  );
  return { acceptAtMs: 0, chunks, end: { kind: 'final', atMs: chunks[last]?.atMs ?? 0 }, wire: [] };
}

/** A problem of a line, counted from 1. */
export interface TraceProblem {
  line: number;
  message: string;
}

/** Formats a trace as JSONL: one chunk per line, `{"ms":312,"text":"Hel"}`. */
export function formatTrace(chunks: readonly TraceChunk[]): string {
  return chunks.map((chunk) => `${JSON.stringify(writtenOf(chunk))}\n`).join('');
}

function writtenOf({ ms, text, ...parts }: TraceChunk): object {
  return text === '' && Object.keys(parts).length > 0 ? { ms, ...parts } : { ms, text, ...parts };
}

/** Parses the output of `formatTrace`. Skips empty lines; every other line must be a chunk. */
export function parseTrace(jsonl: string): { chunks: TraceChunk[]; problems: TraceProblem[] } {
  const problems: TraceProblem[] = [];
  const values: unknown[] = [];
  const lineNumbers: number[] = [];
  for (const [index, source] of jsonl.split('\n').entries()) {
    if (source.trim() === '') continue;
    const line = index + 1;
    try {
      values.push(JSON.parse(source));
      lineNumbers.push(line);
    } catch {
      problems.push({ line, message: 'not JSON; a line is a chunk: {"ms": 312, "text": "Hel"}' });
    }
  }
  const parsed = givenChunksSchema.safeParse(values, { error: wordIssue });
  for (const { path, message } of parsed.error?.issues ?? []) {
    const [index, ...key] = path;
    const line = typeof index === 'number' ? (lineNumbers[index] ?? 1) : 1;
    problems.push({ line, message: [...key.map(String), message].join(': ') });
  }
  return {
    chunks: parsed.data ?? [],
    problems: problems.toSorted((a, b) => a.line - b.line).slice(0, mostProblems),
  };
}
