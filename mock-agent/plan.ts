import { createHash } from 'node:crypto';

import type { Behaviour } from './behaviour.ts';
import { drawsFor } from './draws.ts';
import { writeText } from './text.ts';
import { drawMs } from './timing.ts';
import { tokenise } from './tokens.ts';

/** What a stream is asked for, and by which name its draws are addressed. */
export interface PlanRequest {
  scenario: string;
  key: string;
  prompt: string;
  model: string;
}

export interface PlannedChunk {
  /** When it leaves the agent: whole milliseconds after the request was accepted. */
  atMs: number;
  delta: string;
  isFinal: boolean;
}

/** All that a stream will be, before it is. */
export interface StreamPlan extends PlanRequest {
  seed: number;
  text: string;
  /** In the order of sending; of a stream that ends well the last one, and only that, is final. */
  chunks: PlannedChunk[];
  end: { kind: 'final'; atMs: number };
}

/**
 * Foretells a stream to the byte and to the millisecond.
 *
 * Pure: the same behaviour, seed and request give the same plan, in any process and in any company.
 */
export function planStream(behaviour: Behaviour, seed: number, request: PlanRequest): StreamPlan {
  const draws = drawsFor({ seed, scenario: request.scenario, key: request.key });
  const text = writeText(behaviour.text, request.prompt, draws('text'));
  const tokens = tokenise(text, behaviour.tokenChars, draws('tokens'));
  const interToken = draws('inter-token');

  const chunks: PlannedChunk[] = [];
  let atMs = drawMs(behaviour.firstToken, draws('first-token'));
  let held = { delta: '', chars: 0 };
  tokens.forEach((token, index) => {
    if (index > 0) atMs += drawMs(behaviour.interToken, interToken);
    held = { delta: held.delta + token.text, chars: held.chars + token.chars };
    if (held.chars >= behaviour.chunkChars) {
      chunks.push({ atMs: Math.round(atMs), delta: held.delta, isFinal: false });
      held = { delta: '', chars: 0 };
    }
  });
  // The rest at the end, as the specified agent sends it: empty where the last token filled a chunk.
  const endMs = Math.round(atMs);
  chunks.push({ atMs: endMs, delta: held.delta, isFinal: true });

  const { scenario, key, prompt, model } = request;
  return {
    scenario,
    seed,
    key,
    prompt,
    model,
    text,
    chunks,
    end: { kind: 'final', atMs: endMs },
  };
}

/** SHA-256 (hex) of a plan: two streams with the same are the same to the byte and the millisecond. */
export function planSha256(plan: StreamPlan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}
