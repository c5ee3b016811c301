import { createHash } from 'node:crypto';

import type { Behaviour } from './behaviour.ts';
import { composeStream, type ComposeRequest } from './compose.ts';
import { drawsFor, type Draw } from '../../proto/draws.ts';
import { untilHold } from '../faults/agent/hold.ts';
import { inOrderOfApplication, applyFault, type PlannedFault } from '../faults/index.ts';
import type { PlannedStream } from '../planned-stream.ts';
import { resumeAt } from './resume.ts';
import type { Slowing } from './slowing.ts';
import { atSpeed, type Speed } from './speed.ts';
import { textThroughWire } from './text-through-wire.ts';

/** The request for a stream. Scenario and key address its draws. */
export interface PlanRequest extends ComposeRequest {
  scenario: string;
  key: string;
  model: string;
  /** Overrides the behaviour's speed. */
  speed?: Speed | undefined;
  /** The number of this request among those with the same key (without a key: prompt and model), from 1. */
  nth?: number | undefined;
  /** How much of the text the client has already read on an earlier connection, in code points. */
  fromChar?: number | undefined;
}

/** What an agent needs to send a stream. */
export interface StreamToPlay
  extends Omit<PlanRequest, 'fromChar' | 'messages' | 'tools'>, PlannedStream {
  seed: number;
  speed: Speed;
  nth: number;
  /** The faults that strike, in the order of their application. */
  faults: string[];
  /** How a busy agent slows it down; the planned times are those of an idle agent. */
  slowing?: Slowing | undefined;
}

/** A stream to play, with its expected text. */
export interface StreamPlan extends StreamToPlay {
  /** The text that a correct client reads. */
  text: string;
}

/**
 * Plans a stream to the byte and to the millisecond.
 *
 * A stream with a hold is planned as its client sees it if nobody releases it.
 *
 * Pure: the same behaviour, seed and request give the same plan, in any process and next to any other stream.
 */
export function planStream(behaviour: Behaviour, seed: number, request: PlanRequest): StreamPlan {
  const plan = planUpTo(behaviour, seed, request, 'hold');
  const { scenario, key, prompt, model, nth, speed, faults, slowing, seed: _, ...stream } = plan;
  const text = textThroughWire(stream);
  // The order of the keys is part of the plan's hash.
  return { scenario, seed, key, prompt, model, nth, speed, text, faults, slowing, ...stream };
}

/** Plans a stream without the text that its client reads, with what comes after a hold. */
export function planToPlay(behaviour: Behaviour, seed: number, request: PlanRequest): StreamToPlay {
  return planUpTo(behaviour, seed, request, 'end');
}

function planUpTo(
  behaviour: Behaviour,
  seed: number,
  request: PlanRequest,
  upTo: 'hold' | 'end',
): StreamToPlay {
  const draws = drawsFor({ seed, scenario: request.scenario, key: request.key });
  const { scenario, key, prompt, model, speed = behaviour.speed, nth = 1, fromChar = 0 } = request;
  const healthy = composeStream(behaviour, request, draws);
  const { stream, struck } = applyFaults(behaviour.faults, healthy, nth, draws, upTo);
  const scaled = atSpeed(stream, speed);
  const resumed = fromChar === 0 ? scaled : resumeAt(scaled, fromChar);
  const { slowing } = behaviour;
  return { scenario, seed, key, prompt, model, nth, speed, faults: struck, slowing, ...resumed };
}

/** Applies the faults whose draws choose them, one after the other. */
function applyFaults(
  faults: readonly PlannedFault[],
  healthy: PlannedStream,
  nth: number,
  draws: (purpose: string) => Draw,
  upTo: 'hold' | 'end',
): { stream: PlannedStream; struck: string[] } {
  const struck: string[] = [];
  let stream = healthy;
  for (const { fault, index } of inOrderOfApplication(faults)) {
    if (nth > fault.first) continue;
    if (draws(`fault-${index}-${fault.name}`)() >= fault.probability) continue;
    // Wire faults come last, and those beyond a hold strike only once it is released.
    if (fault.of === 'wire' && upTo === 'hold') stream = untilHold(stream);
    const changed = applyFault(fault, stream);
    if (changed === undefined) continue;
    struck.push(fault.name);
    stream = changed;
  }
  return { stream: upTo === 'hold' ? untilHold(stream) : stream, struck };
}

/** Returns the SHA-256 (hex) of a plan. Equal hashes mean equal streams, to the byte and the millisecond. */
export function planSha256(plan: StreamPlan): string {
  // Without nth: a repeated request may have the same stream.
  const { nth: _, ...stream } = plan;
  return createHash('sha256').update(JSON.stringify(stream)).digest('hex');
}
