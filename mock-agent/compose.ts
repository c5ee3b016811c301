import type { Behaviour } from './behaviour.ts';
import type { Draw } from './draws.ts';
import { gapsOf } from './inter-token.ts';
import type { PlannedChunk, PlannedStream } from './planned-stream.ts';
import { writeText } from './text.ts';
import { drawMs } from './timing.ts';
import { tokenise } from './tokens.ts';
import { replayTrace } from './trace.ts';

/** The stream of a behaviour in which nothing goes wrong: a trace as it was, else text token by token. */
export function composeStream(
  behaviour: Behaviour,
  prompt: string,
  draws: (purpose: string) => Draw,
): PlannedStream {
  if (behaviour.trace !== undefined) return replayTrace(behaviour.trace);
  const text = writeText(behaviour.text, prompt, behaviour.tokenChars, draws);
  const tokens = tokenise(text, behaviour.tokenChars, draws('tokens'));
  const nextGap = gapsOf(behaviour.interToken, draws);

  const chunks: PlannedChunk[] = [];
  let atMs = drawMs(behaviour.firstToken, draws('first-token'));
  let held = { delta: '', chars: 0 };
  tokens.forEach((token, index) => {
    if (index > 0) atMs += nextGap();
    held = { delta: held.delta + token.text, chars: held.chars + token.chars };
    if (held.chars >= behaviour.chunkChars) {
      chunks.push({ atMs: Math.round(atMs), delta: held.delta, isFinal: false });
      held = { delta: '', chars: 0 };
    }
  });
  // The rest at the end, as the specified agent sends it: empty where the last token filled a chunk.
  const endMs = Math.round(atMs);
  chunks.push({ atMs: endMs, delta: held.delta, isFinal: true });
  return { acceptAtMs: 0, chunks, end: { kind: 'final', atMs: endMs }, wire: [] };
}
