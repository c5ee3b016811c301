import type { Behaviour } from './behaviour.ts';
import type { Draw } from '../../proto/draws.ts';
import { buildAnswer, type Answer } from '../../proto/dialects/answer.ts';
import { estimateTokens, type ChatMessage, type ChatTool, type Parts } from '../../proto/parts.ts';
import { cutIntoChunks } from './chunk-sizes.ts';
import { endingOf, type TokenCounts } from './ending.ts';
import { fragmentsOf } from './fragments.ts';
import { gapsOf } from './inter-token.ts';
import type { PlannedChunk, PlannedStream } from '../planned-stream.ts';
import { writeText } from '../text/text.ts';
import { startTokenClock } from './token-clock.ts';
import { writeToolCalls } from './tool-calls.ts';
import { drawMs } from './timing.ts';
import { replayTrace, type Trace } from './trace.ts';

/** The parts of a request that a stream without faults depends on. */
export interface ComposeRequest {
  prompt: string;
  /** The whole conversation; empty or absent for a request by prompt alone. */
  messages?: readonly ChatMessage[] | undefined;
  tools?: readonly ChatTool[] | undefined;
}

type Draws = (purpose: string) => Draw;

/**
 * Returns the stream of a behaviour without faults: its trace, or token by token its reasoning, its text
 * and its tool calls.
 */
export function composeStream(
  behaviour: Behaviour,
  request: ComposeRequest,
  draws: Draws,
): PlannedStream {
  const { trace } = behaviour;
  if (trace !== undefined) return composeTrace(behaviour, trace, request);

  const clock = startTokenClock(drawMs(behaviour.firstToken, draws('first-token')));
  const chunks: PlannedChunk[] = [];
  const sendParts = (parts: Parts) => {
    chunks.push({ atMs: clock.nowMs(), delta: '', isFinal: false, parts });
  };
  const counts: TokenCounts = { text: 0, reasoning: 0, toolCalls: 0 };

  if (behaviour.reasoning !== undefined) {
    const own = drawsUnder('reasoning', draws);
    const reasoning = writeText(behaviour.reasoning, request.prompt, behaviour.tokenChars, own);
    const nextGap = gapsOf(behaviour.interToken, own);
    for (const { text, tokens } of cutIntoChunks(reasoning, behaviour, own('tokens'))) {
      for (let token = 0; token < tokens; token += 1) clock.tick(nextGap);
      counts.reasoning += tokens;
      if (text !== '') sendParts({ reasoning: text });
    }
    clock.drawNextFrom(nextGap);
  }

  const answer = writeText(behaviour.text, request.prompt, behaviour.tokenChars, draws);
  const nextGap = gapsOf(behaviour.interToken, draws);
  for (const { text, tokens } of cutIntoChunks(answer, behaviour, draws('tokens'))) {
    for (let token = 0; token < tokens; token += 1) clock.tick(nextGap);
    counts.text += tokens;
    chunks.push({ atMs: clock.nowMs(), delta: text, isFinal: false });
  }
  // The remaining text (D1), empty if the last token completed a chunk.
  const remainder = chunks.pop()?.delta ?? '';

  const calls = writeToolCalls(behaviour.toolCalls ?? [], request.tools ?? [], draws);
  if (calls.length > 0) {
    if (remainder !== '') chunks.push({ atMs: clock.nowMs(), delta: remainder, isFinal: false });
    const nextCallGap = gapsOf(behaviour.interToken, drawsUnder('tool-calls', draws));
    const order = behaviour.toolCallOrder ?? 'sequential';
    for (const { fragment, tokens } of fragmentsOf(calls, order, behaviour, draws)) {
      for (let token = 0; token < tokens; token += 1) clock.tick(nextCallGap);
      counts.toolCalls += tokens;
      sendParts({ toolCalls: [fragment] });
    }
  }
  const atMs = clock.nowMs();
  const parts = endingOf(behaviour, request, calls.length > 0, counts);
  const delta = calls.length > 0 ? '' : remainder;
  chunks.push({ atMs, delta, isFinal: true, ...(parts && { parts }) });
  return { acceptAtMs: 0, chunks, end: { kind: 'final', atMs }, wire: [] };
}

/** Gives the draws of another part of the stream names of their own, so that its text stays the same. */
function drawsUnder(part: string, draws: Draws): Draws {
  return (purpose) => draws(`${part}-${purpose}`);
}

/**
 * Replays a recording with its finish reason and usage, which the keys of the behaviour override. Where it has
 * no usage, the number of its tokens is an estimate.
 */
function composeTrace(behaviour: Behaviour, trace: Trace, request: ComposeRequest): PlannedStream {
  const stream = replayTrace(trace);
  const { text, reasoning, toolCalls, ...recorded } = contentOf(stream.chunks);
  const counts = {
    text: estimateTokens(text.length),
    reasoning: estimateTokens(reasoning.length),
    toolCalls: estimateTokens(toolCalls.reduce((sum, call) => sum + call.arguments.length, 0)),
  };
  const settings = {
    finishReason: behaviour.finishReason ?? recorded.finishReason,
    usage:
      recorded.usage === undefined ? behaviour.usage : { ...recorded.usage, ...behaviour.usage },
  };
  const parts = endingOf(settings, request, toolCalls.length > 0, counts);
  const final = stream.chunks.pop();
  if (final !== undefined) {
    stream.chunks.push({ ...final, ...(parts && { parts: { ...final.parts, ...parts } }) });
  }
  return stream;
}

function contentOf(chunks: readonly PlannedChunk[]): Answer {
  const builder = buildAnswer();
  for (const chunk of chunks) builder.message(chunk);
  return builder.answer();
}
