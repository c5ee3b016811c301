import { createHash } from 'node:crypto';

import type { Behaviour } from './behaviour.ts';
import { drawsFor, type Draw } from './draws.ts';
import { inOrderOfStriking, type PlannedFault } from './faults/index.ts';
import type { PlannedChunk, PlannedStream } from './planned-stream.ts';
import { atSpeed, type Speed } from './speed.ts';
import { writeText } from './text.ts';
import { drawMs } from './timing.ts';
import { tokenise } from './tokens.ts';
import { textThroughWire } from './wire-text.ts';

/** What a stream is asked for, and by which name its draws are addressed. */
export interface PlanRequest {
  scenario: string;
  key: string;
  prompt: string;
  model: string;
  /** In place of the behaviour's own. */
  speed?: Speed | undefined;
  /** How often this key, or else this prompt and model, has been asked for; 1 where it is left out. */
  nth?: number | undefined;
}

/** All that a stream will be, before it is. */
export interface StreamPlan extends Omit<PlanRequest, 'nth'>, PlannedStream {
  seed: number;
  speed: Speed;
  /** What a client will have read where everything goes by the plan. */
  text: string;
  /** The faults that strike, in their order. */
  faults: string[];
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

  const healthy: PlannedStream = {
    acceptAtMs: 0,
    chunks,
    end: { kind: 'final', atMs: endMs },
    wire: [],
  };
  const { scenario, key, prompt, model, speed = behaviour.speed, nth = 1 } = request;
  const { stream, struck } = strike(behaviour.faults, healthy, nth, draws);
  return {
    scenario,
    seed,
    key,
    prompt,
    model,
    speed,
    text: textThroughWire(stream),
    faults: struck,
    ...atSpeed(stream, speed),
  };
}

/** Lets every fault that its draw chooses strike, one after the other: first the agent's, then the wire's. */
function strike(
  faults: readonly PlannedFault[],
  healthy: PlannedStream,
  nth: number,
  draws: (purpose: string) => Draw,
): { stream: PlannedStream; struck: string[] } {
  const struck: string[] = [];
  let stream = healthy;
  for (const { fault, index } of inOrderOfStriking(faults)) {
    if (nth > fault.first) continue;
    if (draws(`fault-${index}-${fault.name}`)() >= fault.probability) continue;
    const changed = fault.strike(stream);
    if (changed === undefined) continue;
    struck.push(fault.name);
    stream = changed;
  }
  return { stream, struck };
}

/** SHA-256 (hex) of a plan: two streams with the same are the same to the byte and the millisecond. */
export function planSha256(plan: StreamPlan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}
