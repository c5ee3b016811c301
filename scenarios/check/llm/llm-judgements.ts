import { judgeCancel } from '../clauses/judge-cancel.ts';
import { describeDifference, describeResponse, placeOf, shorten } from '../clauses/stream-facts.ts';
import { departed, kept, notTestable, type Judgement } from '../judgement.ts';
import type { Seen } from '../seen.ts';
import { toolArguments } from './llm-probes.ts';
import type { SeenAnswer } from './read-answer.ts';

/** How long the first text may be on its way. */
const firstTextLimitMs = 500;

/** How much of a pause has to arrive. */
const pauseMs = 1500;

export function endsOnce({ end, wrong, isComplete }: SeenAnswer, how: string): Judgement {
  if (!isComplete || end === undefined) {
    return departed({ expected: 'an end', seen: `none; the response is ${how}` });
  }
  if (wrong !== undefined) {
    return departed({
      expected: 'nothing after the end',
      seen: wrong.why,
      at: { byte: wrong.event.from, ms: Math.round(wrong.event.atMs) },
      excerpt: shorten(wrong.event.data),
    });
  }
  return how === 'complete'
    ? kept('one, and the response is complete')
    : departed({ expected: 'the end of the response', seen: `it is ${how}` });
}

export function notBuffered({ textAtMs }: SeenAnswer, { calls }: Seen): Judgement {
  const [first] = textAtMs;
  const sentMs = calls.at(-1)?.sentAtMs[0];
  if (first === undefined || sentMs === undefined) return notTestable('there is no text');
  const words = `the first text ${Math.round(first - sentMs)} ms after the model sent it, in ${textAtMs.length} pieces`;
  return first - sentMs <= firstTextLimitMs
    ? kept(words)
    : departed({
        expected: 'the first text at once',
        seen: words,
        at: { ms: Math.round(first) },
      });
}

export function sameText(
  answer: SeenAnswer,
  seen: Seen,
  part: 'text' | 'reasoning' = 'text',
): Judgement {
  const [call] = seen.calls;
  if (call === undefined) return notTestable('no request came through');
  const expected =
    part === 'text'
      ? call.plan.text
      : call.plan.chunks.map(({ parts }) => parts?.reasoning ?? '').join('');
  const text = answer[part];
  if (text === expected) return kept(`${text.length} code units`);
  return departed(describeDifference(`the ${part} of the model`, text, expected));
}

export function sameToolCall({ toolCalls }: SeenAnswer): Judgement {
  const [call, second] = toolCalls;
  const expected = `get_weather with ${JSON.stringify(toolArguments)}`;
  if (call === undefined || second !== undefined) {
    return departed({ expected, seen: `${toolCalls.length} calls` });
  }
  const isSame =
    call.name === 'get_weather' && canonical(call.arguments) === JSON.stringify(toolArguments);
  return isSame
    ? kept(call.name)
    : departed({ expected, seen: shorten(`${call.name} with ${call.arguments}`) });
}

function canonical(json: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return undefined;
  }
}

export function sameUsage({ usage }: SeenAnswer, { calls }: Seen): Judgement {
  const planned = calls[0]?.plan.chunks.findLast(({ parts }) => parts?.usage)?.parts?.usage;
  if (planned === undefined) return notTestable('the model sent no usage');
  const words = ({ inputTokens, outputTokens }: NonNullable<typeof usage>) =>
    `${inputTokens} input and ${outputTokens} output tokens`;
  return usage !== undefined &&
    usage.inputTokens === planned.inputTokens &&
    usage.outputTokens === planned.outputTokens
    ? kept(words(usage))
    : departed({
        expected: words(planned),
        seen: usage === undefined ? 'no usage' : words(usage),
      });
}

/** @param isError whether a body is an error of the format */
export function refusedWith(
  seen: Seen | undefined,
  isRight: (status: number) => boolean,
  isError: (body: string) => boolean,
  words: string,
): Judgement {
  if (seen === undefined) return notTestable('the probe did not run');
  const { response } = seen;
  return response.status !== null && isRight(response.status) && isError(response.body.toString())
    ? kept(String(response.status))
    : departed({
        expected: `${words}, with an error of the format`,
        seen: describeResponse(response),
      });
}

export function reportedAsBroken(
  { end, failure, isComplete }: SeenAnswer,
  { response }: Seen,
): Judgement {
  if (failure !== undefined) return kept(shorten(failure.data));
  if (isComplete && end !== undefined) {
    return departed({
      expected: 'an error, or a broken connection',
      seen: 'the end of a complete stream',
      ...placeOf(response, end),
    });
  }
  return response.end === 'open'
    ? departed({
        expected: 'an error, or a broken connection',
        seen: 'nothing more, on an open connection',
        at: { ms: Math.round(response.endAtMs) },
      })
    : kept(`no end: the response is ${response.end}`);
}

export function requestedOnce({ text }: SeenAnswer, { calls }: Seen): Judgement {
  const [call] = calls;
  if (call === undefined || text === '') return notTestable('the client saw no text');
  return calls.length === 1
    ? kept('one request')
    : departed({
        expected: 'one request to the model, since the client had text',
        seen: `${calls.length} requests`,
        at: { ms: Math.round(calls[1]?.atMs ?? 0) },
      });
}

export function pausePassedOn(
  { textAtMs, text }: SeenAnswer,
  { calls, response }: Seen,
): Judgement {
  const planned = calls[0]?.plan.text ?? '';
  if (text !== planned) {
    return departed({
      expected: 'the rest of the text after the pause',
      seen: `${text.length} of ${planned.length} characters; the response is ${response.end}`,
      at: { ms: Math.round(response.endAtMs) },
    });
  }
  const gaps = textAtMs.slice(1).map((atMs, index) => atMs - (textAtMs[index] ?? 0));
  const longest = Math.max(0, ...gaps);
  if ((textAtMs[0] ?? 0) > pauseMs) return notTestable('no text came before the pause: see L2');
  return longest >= pauseMs
    ? kept(`a pause of ${Math.round(longest)} ms`)
    : departed({
        expected: 'the text before the pause, and then the pause',
        seen: `no pause beyond ${Math.round(longest)} ms`,
      });
}

export function cancelled(seen: Seen): Judgement {
  return judgeCancel(seen, {
    expected: 'the request to the model is cancelled',
    none: 'no request came through',
    subject: 'it',
  });
}
