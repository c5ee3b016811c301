import type { Behaviour } from './behaviour.ts';
import type { Draw } from '../../proto/draws.ts';
import { gapsOf } from './inter-token.ts';
import type { PlannedChunk, PlannedStream } from '../planned-stream.ts';
import { writeText } from '../text/text.ts';
import { drawMs } from './timing.ts';
import { tokenise } from '../text/tokens.ts';
import { replayTrace } from './trace.ts';

/** The stream of a behaviour in which nothing goes wrong: a trace as it was, else text token by token. */
export function composeStream(
  behaviour: Behaviour,
  prompt: string,
  draws: (purpose: string) => Draw,
): PlannedStream {
  if (behaviour.trace !== undefined) return replayTrace(behaviour.trace);
  const text = writeText(behaviour.text, prompt, behaviour.tokenChars, draws);
  const nextGap = gapsOf(behaviour.interToken, draws);

  const chunks: PlannedChunk[] = [];
  let atMs = drawMs(behaviour.firstToken, draws('first-token'));
  let sentUnits = 0;
  let heldUnits = 0;
  let heldChars = 0;
  for (const { end, chars } of tokenise(text, behaviour.tokenChars, draws('tokens'))) {
    if (heldUnits > 0) atMs += nextGap();
    heldUnits = end;
    heldChars += chars;
    if (heldChars >= behaviour.chunkChars) {
      chunks.push({ atMs: Math.round(atMs), delta: text.slice(sentUnits, end), isFinal: false });
      sentUnits = end;
      heldChars = 0;
    }
  }
  // The rest at the end, as the specified agent sends it: empty where the last token filled a chunk.
  const endMs = Math.round(atMs);
  chunks.push({ atMs: endMs, delta: text.slice(sentUnits), isFinal: true });
  return { acceptAtMs: 0, chunks, end: { kind: 'final', atMs: endMs }, wire: [] };
}
