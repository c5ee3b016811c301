import type { Behaviour } from '../plan/behaviour.ts';
import { sizeOfFault } from '../faults/index.ts';
import type { AgentScenario, ResolvedRequest } from './resolve-request.ts';
import type { ChatTool } from '../../proto/parts.ts';
import { formatArguments } from '../plan/tool-calls.ts';
import { unitsOf } from '../plan/trace.ts';
import { defaultChars, type Reasoning, type Text } from '../text/text.ts';

/** The part of a size that is the same for every request of a scenario. */
interface ScenarioSize {
  /** The longest text that does not depend on the prompt, in code units, and the additions of faults. */
  units: number;
  /** Whether cases match the prompt against regular expressions. */
  searchesPrompt: boolean;
  /** The most tool calls whose arguments are generated from a schema of the request. */
  generatedCalls: number;
}

const sizes = new WeakMap<AgentScenario, ScenarioSize>();

/** Estimates the work of planning a stream as an upper bound of its text in code units. */
export function sizeOfStream({ scenario, request }: ResolvedRequest): number {
  const { units, searchesPrompt, generatedCalls } = sizeOfScenario(scenario);
  const { prompt, messages = [], tools = [] } = request;
  const schemaUnits = generatedCalls === 0 ? 0 : generatedCalls * unitsOfSchemas(tools);
  const messageUnits = messages.reduce((sum, { content }) => sum + content.length, 0);
  return (
    units +
    prompt.length * (searchesPrompt ? searchFactor : 1) +
    schemaUnits +
    messageUnits / addedFactor
  );
}

function unitsOfSchemas(tools: readonly ChatTool[]): number {
  return tools.reduce((sum, { parameters }) => sum + parameters.length, 0);
}

/** Returns the part of a stream's size that is the same for every request of a scenario. */
export function unitsOfScenario(scenario: AgentScenario): number {
  return sizeOfScenario(scenario).units;
}

/** Matching a regular expression costs this many times as much as all other work on a prompt. */
const searchFactor = 10;

/** Text that faults add is not tokenised, so it costs only this fraction. */
const addedFactor = 50;

function sizeOfScenario(scenario: AgentScenario): ScenarioSize {
  const cachedSize = sizes.get(scenario);
  if (cachedSize !== undefined) return cachedSize;
  const behaviours = [scenario.behaviour, ...scenario.cases.map(({ behaviour }) => behaviour)];
  const size: ScenarioSize = {
    units: Math.max(
      ...behaviours.map(
        (behaviour) =>
          unitsOfBehaviour(behaviour) +
          unitsOfParts(behaviour) +
          behaviour.faults.reduce((sum, fault) => sum + sizeOfFault(fault) / addedFactor, 0),
      ),
    ),
    searchesPrompt: scenario.cases.some(({ when }) => when.promptMatches !== undefined),
    generatedCalls: Math.max(
      ...behaviours.map(
        ({ toolCalls = [] }) => toolCalls.filter((call) => call.arguments === undefined).length,
      ),
    ),
  };
  sizes.set(scenario, size);
  return size;
}

/** Returns the maximum length of a behaviour's text in code units; 0 for an echo. */
export function unitsOfBehaviour({ text, trace, tokenChars }: Behaviour): number {
  if (trace !== undefined) {
    if ('file' in trace) return 0;
    return trace.given.reduce((units, chunk) => units + 1 + unitsOf(chunk), 0);
  }
  return unitsOfText(text, tokenChars);
}

/** How long the reasoning of a behaviour and the arguments that it sets are at most, in code units. */
function unitsOfParts({ reasoning, toolCalls = [], tokenChars }: Behaviour): number {
  const units = reasoning === undefined ? 0 : unitsOfText(reasoning, tokenChars);
  return toolCalls.reduce((sum, call) => sum + formatArguments(call.arguments ?? '').length, units);
}

function unitsOfText(text: Text | Reasoning, { max }: Behaviour['tokenChars']): number {
  if ('given' in text) return text.given.length;
  if (!('generate' in text)) return 0;
  const { chars = defaultChars, tokens } = text.generate;
  return tokens === undefined ? chars : tokens * max;
}
