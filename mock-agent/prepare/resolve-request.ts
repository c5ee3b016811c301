import { createHash } from 'node:crypto';

import { status, type Metadata } from '@grpc/grpc-js';

import type { GenerateRequest } from '../../proto/agent-service.ts';
import {
  epochMetadata,
  faultMetadata,
  firstOf,
  keyMetadata,
  nthMetadata,
  resumeMetadata,
  scenarioMetadata,
  seedMetadata,
  speedMetadata,
  testMetadata,
} from '../../proto/metadata.ts';
import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import type { Behaviour } from '../plan/behaviour.ts';
import { chooseBehaviour, type Cases } from '../plan/cases.ts';
import type { PlanRequest } from '../plan/plan.ts';
import { FaultError, withRequestedFault } from '../faults/requested-fault.ts';
import { parseSpeed, type Speed } from '../plan/speed.ts';

/** A scenario as the agent answers by it: plain data, which can be sent to another thread. */
export interface AgentScenario {
  name: string;
  behaviour: Behaviour;
  cases: Cases;
  seed: number;
}

/** What the agent was started with; the first scenario answers where a request names none. */
export interface AgentScenarios {
  scenarios: readonly AgentScenario[];
  /** In place of every scenario's own. */
  seed?: number | undefined;
}

/** A request that the agent will not plan: `code` is a gRPC status, the message says what was wrong. */
export class RefusedRequest extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.name = 'RefusedRequest';
    this.code = code;
  }
}

/** A request with everything that decides its stream; plain data too. */
export interface ResolvedRequest {
  scenario: AgentScenario;
  seed: number;
  /** One more fault, as the request names it. */
  fault: string | undefined;
  request: PlanRequest;
}

/** People whose client can set no header choose a scenario by this model name: `rehearsal/<scenario>`. */
const scenarioModel = /^rehearsal\/(.+)$/;

/**
 * Reads a call: which scenario answers it, under which seed and key.
 *
 * A scenario is chosen by metadata, else by the model's name, else it is the first. The key is the
 * metadata's, else `defaultKey` of the prompt and model. Each scenario counts on its own how often it
 * was asked for the same, and each test of a client starts with one.
 * @throws RefusedRequest for an empty prompt, an unknown scenario, a seed or speed that is none.
 */
export function resolveRequest(
  { prompt, model }: GenerateRequest,
  metadata: Metadata,
  agent: AgentScenarios,
  count: (asked: string) => number,
): ResolvedRequest {
  if (prompt === '') {
    throw new RefusedRequest(status.INVALID_ARGUMENT, 'prompt: must not be empty');
  }
  const name =
    firstOf(metadata, scenarioMetadata) ??
    scenarioModel.exec(model)?.[1] ??
    agent.scenarios[0]?.name;
  const scenario = agent.scenarios.find((known) => known.name === name);
  if (scenario === undefined) {
    const names = agent.scenarios.map((each) => each.name);
    throw new RefusedRequest(status.NOT_FOUND, unknownScenario(name ?? '', names));
  }
  const ownKey = firstOf(metadata, keyMetadata);
  // Not the prompt itself, which may be long: this is remembered.
  const digest = ownKey === undefined ? digestOf(prompt, model) : undefined;
  const asked = digest === undefined ? `key ${ownKey}` : `${digest}-0`;
  // A stream that is repeated is none that was asked for once more.
  const nth =
    readCount(metadata, nthMetadata) ??
    count(
      JSON.stringify([
        scenario.name,
        asked,
        firstOf(metadata, testMetadata),
        firstOf(metadata, epochMetadata),
      ]),
    );
  const key = ownKey ?? `${digest}-${nth}`;
  return {
    scenario,
    seed: readSeed(firstOf(metadata, seedMetadata)) ?? agent.seed ?? scenario.seed,
    fault: firstOf(metadata, faultMetadata),
    request: {
      scenario: scenario.name,
      key,
      prompt,
      model,
      speed: readSpeed(firstOf(metadata, speedMetadata)),
      nth,
      fromChar: readCount(metadata, resumeMetadata),
    },
  };
}

/** So many names are read at a glance, beside a hint too. */
const fewNames = 8;

function unknownScenario(name: string, known: readonly string[]): string {
  const hint = didYouMean(name, known);
  const list =
    hint === '' || known.length <= fewNames
      ? `${hint === '' ? '; this' : ' This'} agent was started with ${known.join(', ')}`
      : '';
  const where =
    known.length > fewNames ? ' (docs/scenarios.md describes those of the catalogue)' : '';
  return `scenario: there is no ${quote(name)} here${hint}${list}${where}`;
}

/**
 * Chooses the behaviour that answers a request. A fault of the request's own comes after those of the
 * behaviour.
 * @throws RefusedRequest for a fault that is none.
 */
export function behaviourOf({ scenario, fault, request }: ResolvedRequest): Behaviour {
  const { prompt, model, nth = 1 } = request;
  const behaviour = chooseBehaviour(scenario, { prompt, model, nth });
  return fault === undefined ? behaviour : addFault(behaviour, fault);
}

function addFault(behaviour: Behaviour, text: string): Behaviour {
  try {
    return { ...behaviour, faults: [...withRequestedFault(behaviour.faults, text)] };
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw new RefusedRequest(status.INVALID_ARGUMENT, `fault: ${error.message}`);
  }
}

/** The key of the nth request (from 1) for this prompt and model, where the client gives none. */
export function defaultKey(prompt: string, model: string, nth: number): string {
  return `${digestOf(prompt, model)}-${nth}`;
}

function digestOf(prompt: string, model: string): string {
  const text = JSON.stringify([prompt, model]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function readSeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new RefusedRequest(
      status.INVALID_ARGUMENT,
      `seed: "${text}" is not a whole number between -(2^53 - 1) and 2^53 - 1`,
    );
  }
  return seed;
}

function readSpeed(text: string | undefined): Speed | undefined {
  if (text === undefined) return undefined;
  const speed = parseSpeed(text);
  if (speed === undefined) {
    throw new RefusedRequest(
      status.INVALID_ARGUMENT,
      `speed: "${text}" is neither a number from 0.01 to 1000 nor instant`,
    );
  }
  return speed;
}

/** A whole number from 0; undefined where none is given. */
function readCount(metadata: Metadata, name: string): number | undefined {
  const text = firstOf(metadata, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw new RefusedRequest(
      status.INVALID_ARGUMENT,
      `${name}: "${text}" is no whole number from 0 to 999999999`,
    );
  }
  return Number(text);
}
