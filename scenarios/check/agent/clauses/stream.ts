import { graphemeEnds } from '../../../../mock-agent/text/graphemes.ts';
import { countChars } from '../../../../proto/notation/code-points.ts';
import { departed, firstDeviation, kept, notTestable, type Judgement } from '../../judgement.ts';
import { statusName } from '../bare-client.ts';
import type { SeenCall } from '../seen.ts';
import {
  describeEnd,
  isComplete,
  notComplete,
  ofComplete,
  placeOf,
  textOf,
  type AgentClause,
} from './call-facts.ts';

/** What an agent needs to be judged by its errors. */
export interface FailureOptions {
  /** The text that the agent generates before it fails. */
  failingText?: string | undefined;
}

const leastChars = 5;

/** B3, C1, C2, D1, E1: what a stream consists of. */
export function streamClauses({
  failingText,
}: FailureOptions): Record<'final' | 'errors' | 'groups' | 'benchmark', readonly AgentClause[]> {
  return {
    final: [
      {
        id: 'B3',
        title: 'one final chunk ends the stream',
        says: 'The stream ends with one chunk whose `is_final` is true; it may carry text; nothing follows it.',
        probes: ['story', 'growing-prompts'],
        judge: (seen) =>
          ofComplete([...seen('story').calls, ...seen('growing-prompts').calls], (calls) =>
            firstDeviation(
              calls.map(finalChunk),
              `one, at the end of each of ${calls.length} streams`,
            ),
          ),
      },
    ],
    errors: [
      {
        id: 'C1',
        title: 'an error ends the stream',
        says: 'An error ends the stream: as a gRPC status, or as a chunk with `error`. No chunk follows it, and no final one comes before it.',
        probes: ['failing'],
        judge: (seen) => ofFailure(seen('failing').calls, endsInError),
      },
      {
        id: 'C2',
        title: 'text before an error is sent',
        says: 'Text that was generated before the error is delivered first.',
        probes: ['story', 'failing'],
        judge: (seen) =>
          seen('story').calls.every((call) => textOf(call) === '')
            ? notTestable('no text came in the specified field')
            : ofFailure(seen('failing').calls, (call) => textBeforeError(call, failingText)),
      },
    ],
    groups: [
      {
        id: 'D1',
        title: 'five characters or more in a chunk',
        says: 'The agent groups tokens: it sends when 5 or more characters are buffered, and the rest at the end.',
        probes: ['story', 'growing-prompts'],
        judge: (seen) =>
          ofComplete([...seen('story').calls, ...seen('growing-prompts').calls], (calls) =>
            firstDeviation(calls.map(grouped), `${leastChars} or more in every chunk but the last`),
          ),
      },
      {
        id: 'D1-reading',
        title: 'no character is torn apart',
        says: 'Characters are Unicode code points. What a person sees as one, such as an emoji with its modifiers, is not torn apart where that can be helped.',
        probes: ['story', 'languages'],
        judge: (seen) =>
          ofComplete([...seen('story').calls, ...seen('languages').calls], (calls) =>
            firstDeviation(calls.map(untorn), describeGraphemes(calls)),
          ),
      },
    ],
    benchmark: [
      {
        id: 'E1',
        title: 'the benchmark, and prompts in other scripts',
        says: 'Benchmark: the prompt `写一段500字的故事`, model `gpt-4`, streamed to its end without an error.',
        probes: ['story', 'languages'],
        judge: (seen) =>
          ofComplete(seen('story').calls, () => {
            const { calls } = seen('languages');
            const failed = calls.find((call) => !isComplete(call));
            return failed === undefined
              ? kept(`${calls.length} prompts`)
              : notComplete(failed, 'a stream to its end for every prompt');
          }),
      },
    ],
  };
}

function finalChunk(call: SeenCall): Judgement {
  const { chunks, endAtMs } = call;
  const index = chunks.findIndex(({ isFinal }) => isFinal);
  if (index === -1) {
    return departed({
      expected: 'a chunk with is_final at the end',
      seen: `none in ${chunks.length} chunks, for the prompt ${JSON.stringify(call.prompt)}`,
      at: { ms: Math.round(endAtMs) },
    });
  }
  const after = chunks[index + 1];
  return after === undefined
    ? kept('one')
    : departed({
        expected: 'nothing after the final chunk',
        seen: `a chunk with ${JSON.stringify(after.delta)}, is_final ${after.isFinal}`,
        ...placeOf(after),
      });
}

/** Judges the call of the failing prompt. */
function ofFailure(calls: readonly SeenCall[], judge: (call: SeenCall) => Judgement): Judgement {
  const [call] = calls;
  if (call === undefined) {
    return notTestable('name a prompt that makes the agent fail: --failing-prompt TEXT');
  }
  return isComplete(call)
    ? notTestable(
        `the prompt ${JSON.stringify(call.prompt)} did not fail: ${describeEnd(call)}; name another with --failing-prompt`,
      )
    : judge(call);
}

const errorIndexOf = ({ chunks }: SeenCall): number =>
  chunks.findIndex(({ error }) => error !== '');

function endsInError(call: SeenCall): Judgement {
  const { chunks, status } = call;
  const index = errorIndexOf(call);
  const after = index === -1 ? undefined : chunks[index + 1];
  const wrong = after ?? chunks.find(({ isFinal, error }) => isFinal && error === '');
  if (wrong !== undefined) {
    return departed({
      expected: 'the error as the last thing, and no final chunk',
      seen: `a chunk with ${JSON.stringify(wrong.delta)}, is_final ${wrong.isFinal}`,
      ...placeOf(wrong),
    });
  }
  if (status === null)
    return notComplete(call, 'a gRPC status, or a chunk with error and then the end');
  return kept(index === -1 ? `status ${statusName(status.code)}` : 'a chunk with error');
}

function textBeforeError(call: SeenCall, failingText: string | undefined): Judgement {
  if (failingText === undefined) {
    return notTestable(
      'name the text that the agent generates before it fails: --failing-text TEXT',
    );
  }
  const index = errorIndexOf(call);
  const text = textOf({ chunks: index === -1 ? call.chunks : call.chunks.slice(0, index) });
  return text === failingText
    ? kept(`all ${text.length} characters`)
    : departed({
        expected: `${JSON.stringify(failingText)} before the error`,
        seen: JSON.stringify(text),
        at: { ms: Math.round(call.endAtMs) },
      });
}

function grouped({ chunks }: SeenCall): Judgement {
  const texts = chunks.filter(({ delta }) => delta !== '');
  const short = texts.slice(0, -1).find(({ delta }) => countChars(delta) < leastChars);
  return short === undefined
    ? kept('')
    : departed({
        expected: `${leastChars} characters or more in every chunk but the last`,
        seen: `${countChars(short.delta)}: ${JSON.stringify(short.delta)}, chunk ${texts.indexOf(short) + 1} of ${texts.length}`,
        ...placeOf(short),
      });
}

function untorn(call: SeenCall): Judgement {
  const ends = new Set(graphemeEnds(textOf(call)));
  let units = 0;
  for (const [index, chunk] of call.chunks.entries()) {
    units += chunk.delta.length;
    if (units === 0 || ends.has(units)) continue;
    return departed({
      expected: 'chunks that end after a whole character',
      seen: `${JSON.stringify(chunk.delta)} and then ${JSON.stringify(call.chunks[index + 1]?.delta ?? '')}`,
      ...placeOf(chunk),
    });
  }
  return kept('');
}

/** Says how many characters there were that could have been torn apart. */
function describeGraphemes(calls: readonly SeenCall[]): string {
  let count = 0;
  for (const call of calls) {
    const text = textOf(call);
    let start = 0;
    for (const end of graphemeEnds(text)) {
      if (countChars(text, start, end) > 1) count += 1;
      start = end;
    }
  }
  return count === 0
    ? 'no character of several code points came'
    : `${count} characters of several code points, all whole`;
}
