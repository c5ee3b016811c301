import type { Behaviour } from './behaviour.ts';
import type { Draw } from '../../proto/draws.ts';
import { gapsOf } from './inter-token.ts';
import type { PlannedChunk, PlannedStream } from '../planned-stream.ts';
import { writeText } from '../text/text.ts';
import { drawMs } from './timing.ts';
import { tokenise } from '../text/tokens.ts';
import { replayTrace } from './trace.ts';

/** Returns the stream of a behaviour without faults: its trace, or its text token by token. */
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
  let bufferedUnits = 0;
  let bufferedChars = 0;
  for (const { end, chars } of tokenise(text, behaviour.tokenChars, draws('tokens'))) {
    if (bufferedUnits > 0) atMs += nextGap();
    bufferedUnits = end;
    bufferedChars += chars;
    if (bufferedChars >= behaviour.chunkChars) {
      chunks.push({ atMs: Math.round(atMs), delta: text.slice(sentUnits, end), isFinal: false });
      sentUnits = end;
      bufferedChars = 0;
    }
  }
  // The remaining text (D1), empty if the last token completed a chunk.
  const endMs = Math.round(atMs);
  chunks.push({ atMs: endMs, delta: text.slice(sentUnits), isFinal: true });
  return { acceptAtMs: 0, chunks, end: { kind: 'final', atMs: endMs }, wire: [] };
}
