import { createHash } from 'node:crypto';

import type { Behaviour } from './behaviour.ts';
import { composeStream } from './compose.ts';
import { drawsFor, type Draw } from '../../proto/draws.ts';
import { inOrderOfStriking, strikeWith, type PlannedFault } from '../faults/index.ts';
import type { PlannedStream } from '../planned-stream.ts';
import { resumeAt } from './resume.ts';
import type { Slowing } from './slowing.ts';
import { atSpeed, type Speed } from './speed.ts';
import { textThroughWire } from './text-through-wire.ts';

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
  /** Code points of the text that the client has read before, from an earlier connection. */
  fromChar?: number | undefined;
}

/** What an agent needs to know of a stream to send it. */
export interface StreamToPlay extends Omit<PlanRequest, 'fromChar'>, PlannedStream {
  seed: number;
  speed: Speed;
  nth: number;
  /** The faults that strike, in their order. */
  faults: string[];
  /** How a busy agent stretches it: the plan itself is what an agent at leisure does. */
  slowing?: Slowing | undefined;
}

/** All that a stream will be, before it is. */
export interface StreamPlan extends StreamToPlay {
  /** What a client will have read where everything goes by the plan. */
  text: string;
}

/**
 * Foretells a stream to the byte and to the millisecond.
 *
 * Pure: the same behaviour, seed and request give the same plan, in any process and in any company.
 */
export function planStream(behaviour: Behaviour, seed: number, request: PlanRequest): StreamPlan {
  const plan = planToPlay(behaviour, seed, request);
  const { scenario, key, prompt, model, nth, speed, faults, slowing, seed: _, ...stream } = plan;
  const text = textThroughWire(stream);
  // The order is part of a plan's hash.
  return { scenario, seed, key, prompt, model, nth, speed, text, faults, slowing, ...stream };
}

/** The plan of a stream without the text that its client reads. */
export function planToPlay(behaviour: Behaviour, seed: number, request: PlanRequest): StreamToPlay {
  const draws = drawsFor({ seed, scenario: request.scenario, key: request.key });
  const { scenario, key, prompt, model, speed = behaviour.speed, nth = 1, fromChar = 0 } = request;
  const healthy = composeStream(behaviour, prompt, draws);
  const { stream, struck } = strike(behaviour.faults, healthy, nth, draws);
  const paced = atSpeed(stream, speed);
  const sent = fromChar === 0 ? paced : resumeAt(paced, fromChar);
  const { slowing } = behaviour;
  return { scenario, seed, key, prompt, model, nth, speed, faults: struck, slowing, ...sent };
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
    const changed = strikeWith(fault, stream);
    if (changed === undefined) continue;
    struck.push(fault.name);
    stream = changed;
  }
  return { stream, struck };
}

/** SHA-256 (hex) of a plan: two streams with the same are the same to the byte and the millisecond. */
export function planSha256(plan: StreamPlan): string {
  // Not how often it was asked for: another time it may be the same stream.
  const { nth: _, ...stream } = plan;
  return createHash('sha256').update(JSON.stringify(stream)).digest('hex');
}
