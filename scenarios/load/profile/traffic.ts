import { createHash } from 'node:crypto';

import { z } from 'zod';

import { englishProse } from '../../../mock-agent/text/prose-english.ts';
import { composeProse } from '../../../mock-agent/text/prose.ts';
import { longestText } from '../../../mock-agent/text/text.ts';
import { drawsFor } from '../../../proto/draws.ts';
import { isCalendarDate } from '../../../proto/notation/calendar-date.ts';
import { longestMs } from '../../../proto/notation/duration-notation.ts';
import { wellFormedText } from '../../../proto/notation/well-formed-text.ts';
import { firstProblem } from '../../../proto/problems/first-problem.ts';
import { wordIssue } from '../../../proto/problems/word-issue.ts';

/** A request of a recorded traffic. */
export interface TrafficRequest {
  /** From the first request, in milliseconds. */
  dueAtMs: number;
  prompt?: string | undefined;
  /** The length of a prompt that is not recorded. */
  promptTokens?: number | undefined;
}

/** Recorded arrivals; the reader of the scenario file replaces the name of the file by its content. */
export type Traffic = { file: string } | { given: readonly TrafficRequest[]; sha256: string };

/** The most requests of a trace. */
export const mostTraceRequests = 1_000_000;

/** The most problems of a file that are reported. */
const mostProblems = 20;

/** Characters of a token of a generated prompt. */
const charsPerToken = 4;

const tokensSchema = z.int().min(0);

/** The longest generated prompt. */
export const mostPromptTokens = longestText / charsPerToken;

const promptTokensSchema = tokensSchema.max(mostPromptTokens);

/**
 * A line of a traffic trace under the names that public traces have: `timestamp` with `input_length`
 * (Mooncake), `TIMESTAMP` with `ContextTokens` (Azure), `Timestamp` with `Request tokens` (BurstGPT).
 * Other keys are ignored.
 */
const lineSchema = z.object({
  timestamp: z.union([z.number(), z.string()]).optional(),
  TIMESTAMP: z.union([z.number(), z.string()]).optional(),
  Timestamp: z.union([z.number(), z.string()]).optional(),
  prompt: wellFormedText.min(1).max(longestText).optional(),
  input_length: promptTokensSchema.optional(),
  ContextTokens: promptTokensSchema.optional(),
  'Request tokens': promptTokensSchema.optional(),
  output_length: tokensSchema.optional(),
  GeneratedTokens: tokensSchema.optional(),
  'Response tokens': tokensSchema.optional(),
});

const timeKeys = ['timestamp', 'TIMESTAMP', 'Timestamp'] as const;

/** The unit of a time that is a number: BurstGPT counts in seconds. */
const unitMs = { timestamp: 1, TIMESTAMP: 1, Timestamp: 1000 } as const;

/** A problem of a line, counted from 1. */
export interface TrafficProblem {
  line: number;
  message: string;
}

/** Parses a traffic trace (JSONL). Skips empty lines; every other line is a request, in the order of time. */
export function parseTraffic(jsonl: string): {
  given: TrafficRequest[];
  sha256: string;
  problems: TrafficProblem[];
} {
  const given: TrafficRequest[] = [];
  const problems: TrafficProblem[] = [];
  let firstMs = 0;
  let previousMs = Number.NEGATIVE_INFINITY;
  let line = 0;
  for (const text of linesOf(jsonl)) {
    line += 1;
    if (problems.length === mostProblems) break;
    if (text.trim() === '') continue;
    const read = readLine(text);
    if (typeof read === 'string') {
      problems.push({ line, message: read });
      // Every line of another format has the same problem.
      if (read === csvProblem) break;
      continue;
    }
    const { atMs, ...request } = read;
    if (given.length === 0) firstMs = atMs;
    if (atMs < previousMs) {
      problems.push({ line, message: 'is earlier than the line above; sort the lines by time' });
    } else if (atMs - firstMs > longestMs) {
      problems.push({ line, message: 'is more than 24 days after the first line' });
    } else if (given.length === mostTraceRequests) {
      problems.push({ line, message: `a traffic trace has at most ${mostTraceRequests} requests` });
      break;
    }
    previousMs = atMs;
    given.push({ dueAtMs: atMs - firstMs, ...request });
  }
  if (given.length === 0 && problems.length === 0) {
    problems.push({ line: 1, message: 'a traffic trace has at least one request' });
  }
  return { given, sha256: createHash('sha256').update(jsonl).digest('hex'), problems };
}

/** Yields the lines one by one: a list of all would take as much memory as the text. */
function* linesOf(text: string): Generator<string, void, undefined> {
  let from = 0;
  while (from < text.length) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    yield text.slice(from, to);
    from = to + 1;
  }
}

const csvProblem =
  'looks like CSV, but a line is a request in JSON; convert the file: mlr --icsv --ojsonl cat traffic.csv > traffic.jsonl (docs/scenarios.md, "Recorded traffic")';

/** Returns the request of a line at its own time, or what is wrong with the line. */
function readLine(text: string): (Omit<TrafficRequest, 'dueAtMs'> & { atMs: number }) | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (text.includes(',') && !text.includes('{')) return csvProblem;
    return 'not JSON; a line is a request: {"timestamp": 1200, "input_length": 512}';
  }
  const { data, error } = lineSchema.safeParse(value, { error: wordIssue });
  if (data === undefined) {
    return firstProblem(error);
  }
  const [key, other] = timeKeys.filter((name) => data[name] !== undefined);
  if (key === undefined) return 'timestamp: is missing';
  if (other !== undefined) return `has both ${key} and ${other}; write one time`;
  const time = data[key] ?? '';
  const atMs = typeof time === 'number' ? time * unitMs[key] : parseTime(time);
  if (!Number.isFinite(atMs)) {
    return `${key}: "${time}" is neither a number nor a time such as 2023-11-16 18:17:03.9799600`;
  }
  return {
    atMs,
    prompt: data.prompt,
    promptTokens: data.input_length ?? data.ContextTokens ?? data['Request tokens'],
  };
}

/** Date, time, fraction, zone. */
const timeParts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/;

/** Returns a time in milliseconds with its fraction; UTC without a zone, NaN for another text. */
function parseTime(text: string): number {
  const [, date, time, fraction = '', zone = 'Z'] = timeParts.exec(text) ?? [];
  if (date === undefined || !isCalendarDate(date)) return Number.NaN;
  return Date.parse(`${date}T${time}${zone}`) + Number(`0${fraction}`) * 1000;
}

/** @throws Error for a trace that was not read */
export function requestsOf(traffic: Traffic): readonly TrafficRequest[] {
  if ('file' in traffic) throw new Error(`the traffic trace ${traffic.file} was not read`);
  return traffic.given;
}

/**
 * Returns the prompt of an arrival: the recorded one, else one of the recorded length, which seed and key
 * decide; null if the trace has neither.
 * @param number of the arrival, from 0
 */
export function trafficPrompt(
  traffic: Traffic,
  number: number,
  { seed, key }: { seed: number; key: string },
): string | null {
  const { prompt, promptTokens = 0 } = requestsOf(traffic)[number] ?? {};
  if (prompt !== undefined) return prompt;
  if (promptTokens === 0) return null;
  const draw = drawsFor({ seed, scenario: '', key })('prompt');
  return composeProse(englishProse, promptTokens * charsPerToken, draw);
}

/** Returns the most requests that are due within one second. */
export function busiestSecond(traffic: Traffic): number {
  const requests = requestsOf(traffic);
  let most = 0;
  let from = 0;
  for (const [to, { dueAtMs }] of requests.entries()) {
    while (dueAtMs - (requests[from]?.dueAtMs ?? dueAtMs) >= 1000) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
