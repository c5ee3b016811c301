import { createHash } from 'node:crypto';

import type { Metadata } from '@grpc/grpc-js';

import {
  clientMetadata,
  epochMetadata,
  faultMetadata,
  firstOf,
  gatewayMetadata,
  keyMetadata,
  metadataPrefix,
  nthMetadata,
  resumeMetadata,
  scenarioMetadata,
  seedMetadata,
  speedMetadata,
  testMetadata,
} from '../../proto/metadata.ts';
import { wireMetadata } from '../../proto/wire-fault.ts';
import { splitKey } from '../../proto/key-in-prompt.ts';
import type { ChatMessage } from '../../proto/parts.ts';
import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import { AgentError } from '../agent-error.ts';
import type { Behaviour } from '../plan/behaviour.ts';
import { chooseBehaviour, type Cases } from '../plan/cases.ts';
import type { PlanRequest } from '../plan/plan.ts';
import { withRequestedFaults } from '../faults/requested-fault.ts';
import { parseSpeed, type Speed } from '../plan/speed.ts';

/** The part of a scenario that the agent needs: plain data, which can be sent to another thread. */
export interface AgentScenario {
  name: string;
  behaviour: Behaviour;
  cases: Cases;
  seed: number;
}

/** The scenarios of an agent; the first one answers requests that name none. */
export interface AgentScenarios {
  scenarios: readonly AgentScenario[];
  /** Overrides the seeds of all scenarios. */
  seed?: number | undefined;
  /** Whether a prompt may have the key of its stream, as `proto/key-in-prompt.ts` writes it. */
  keyInPrompt?: boolean | undefined;
}

/** A request with everything that determines its stream; plain data too. */
export interface ResolvedRequest {
  scenario: AgentScenario;
  seed: number;
  /** The additional fault of the request. */
  fault: string | undefined;
  request: PlanRequest;
}

/** The model name `rehearsal/<scenario>` chooses a scenario, for clients that cannot set headers. */
const scenarioModel = /^rehearsal\/(.*)$/s;

/**
 * Determines scenario, seed and key of a call.
 *
 * The scenario comes from the metadata, then the model's name, then it is the first. The key comes from the
 * metadata, then from the prompt if the agent reads it there, then it is the `defaultKey` of prompt and model. Equal requests are counted per scenario and
 * per test of a client.
 * @throws AgentError for an empty prompt, an unknown name of metadata or scenario, an invalid seed or speed
 */
export function resolveRequest(
  { prompt: text, model, messages = [], tools = [] }: KeyRequest,
  metadata: Metadata,
  agent: AgentScenarios,
  count: (request: string) => number,
): ResolvedRequest {
  const { prompt, key: keyOfPrompt } =
    agent.keyInPrompt === true ? splitKey(text) : { prompt: text };
  if (prompt === '') {
    throw new AgentError('INVALID_ARGUMENT', 'prompt: must not be empty');
  }
  refuseUnknownNames(metadata);
  const name =
    firstOf(metadata, scenarioMetadata) ??
    scenarioModel.exec(model)?.[1] ??
    agent.scenarios[0]?.name;
  const scenario = agent.scenarios.find((each) => each.name === name);
  if (scenario === undefined) {
    const names = agent.scenarios.map((each) => each.name);
    throw new AgentError('NOT_FOUND', unknownScenario(name ?? '', names));
  }
  const ownKey = firstOf(metadata, keyMetadata) ?? keyOfPrompt;
  // A digest, because counts are kept and prompts can be long.
  const digest = ownKey === undefined ? digestOf({ prompt, model, messages, tools }) : undefined;
  const countedName = digest === undefined ? `key ${ownKey}` : `${digest}-0`;
  // A request with its own nth repeats an earlier stream and is not counted.
  const nth =
    readCount(metadata, nthMetadata) ??
    count(
      JSON.stringify([
        scenario.name,
        countedName,
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
      ...(messages.length === 0 ? {} : { messages }),
      ...(tools.length === 0 ? {} : { tools }),
    },
  };
}

const knownMetadata = new Set([...clientMetadata, ...gatewayMetadata, wireMetadata]);

/** Refuses a mistyped name, without which a request would pass without its fault. */
function refuseUnknownNames(metadata: Metadata): void {
  for (const name of Object.keys(metadata.getMap())) {
    if (!name.startsWith(metadataPrefix) || knownMetadata.has(name)) continue;
    const written = name.slice(metadataPrefix.length);
    const names = clientMetadata.map((each) => each.slice(metadataPrefix.length));
    const hint = didYouMean(written, names) || `; there are ${names.join(', ')}`;
    throw new AgentError(
      'INVALID_ARGUMENT',
      `${metadataPrefix}*: there is no ${quote(written)}${hint}`,
    );
  }
}

/** Up to this many names are listed next to a hint. */
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
 * Returns the behaviour for a request, with the request's own fault after those of the behaviour.
 * @throws AgentError if the request's fault is invalid
 */
export function behaviourOf({ scenario, fault, request }: ResolvedRequest): Behaviour {
  const behaviour = chooseBehaviour(scenario, { ...request, nth: request.nth ?? 1 });
  return fault === undefined ? behaviour : addFault(behaviour, fault);
}

function addFault(behaviour: Behaviour, text: string): Behaviour {
  try {
    return { ...behaviour, faults: [...withRequestedFaults(behaviour.faults, text)] };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    throw new AgentError('INVALID_ARGUMENT', `fault: ${error.message}`);
  }
}

/** The part of a request that its default key depends on. */
type KeyRequest = Pick<PlanRequest, 'prompt' | 'model' | 'messages' | 'tools'>;

/**
 * Returns the key of the nth request (from 1) of its kind, for clients that send none.
 *
 * It depends on prompt and model; in a conversation on all its messages and the names of its tools, so
 * that a later turn is another stream. A conversation of one user message without tools has the key of
 * its prompt: the same question is the same stream in every format.
 */
export function defaultKey(request: KeyRequest, nth: number): string {
  return `${digestOf(request)}-${nth}`;
}

function digestOf(request: KeyRequest): string {
  const { prompt, model, messages = [], tools = [] } = request;
  const conversation = isPromptAlone(request)
    ? []
    : [messages.map(fieldsOf), tools.map(({ name }) => name)];
  const text = JSON.stringify([prompt, model, ...conversation]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function isPromptAlone({ prompt, messages = [], tools = [] }: KeyRequest): boolean {
  const [first, second] = messages;
  if (tools.length > 0 || second !== undefined) return false;
  return first === undefined || (first.role === 'user' && first.content === prompt);
}

/** The fields in a fixed order: that of an object's keys depends on where it was made. */
function fieldsOf({ role, content, toolCalls, toolCallId }: ChatMessage): unknown[] {
  const calls = toolCalls.map((call) => [call.id, call.name, call.arguments]);
  return [role, content, calls, toolCallId];
}

function readSeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new AgentError(
      'INVALID_ARGUMENT',
      `seed: "${text}" is not a whole number between -(2^53 - 1) and 2^53 - 1`,
    );
  }
  return seed;
}

function readSpeed(text: string | undefined): Speed | undefined {
  if (text === undefined) return undefined;
  const speed = parseSpeed(text);
  if (speed === undefined) {
    throw new AgentError(
      'INVALID_ARGUMENT',
      `speed: "${text}" is neither a number from 0.01 to 1000 nor instant`,
    );
  }
  return speed;
}

/** Parses a whole number from 0; returns undefined if the metadata has none. */
function readCount(metadata: Metadata, name: string): number | undefined {
  const text = firstOf(metadata, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw new AgentError(
      'INVALID_ARGUMENT',
      `${name}: "${text}" is not a whole number from 0 to 999999999`,
    );
  }
  return Number(text);
}
