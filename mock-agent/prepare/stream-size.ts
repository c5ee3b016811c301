import type { Behaviour } from '../plan/behaviour.ts';
import { sizeOfFault } from '../faults/index.ts';
import type { AgentScenario, ResolvedRequest } from './resolve-request.ts';
import { defaultChars } from '../text/text.ts';

/** The part of a size that is the same for every request of a scenario. */
interface ScenarioSize {
  /** The longest text that does not depend on the prompt, in code units, and the additions of faults. */
  units: number;
  /** Whether cases match the prompt against regular expressions. */
  searchesPrompt: boolean;
}

const sizes = new WeakMap<AgentScenario, ScenarioSize>();

/** Estimates the work of planning a stream as an upper bound of its text in code units. */
export function sizeOfStream({ scenario, request }: ResolvedRequest): number {
  const { units, searchesPrompt } = sizeOfScenario(scenario);
  return units + request.prompt.length * (searchesPrompt ? searchFactor : 1);
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
          behaviour.faults.reduce((sum, fault) => sum + sizeOfFault(fault) / addedFactor, 0),
      ),
    ),
    searchesPrompt: scenario.cases.some(({ when }) => when.promptMatches !== undefined),
  };
  sizes.set(scenario, size);
  return size;
}

/** Returns the maximum length of a behaviour's text in code units; 0 for an echo. */
export function unitsOfBehaviour({ text, trace, tokenChars }: Behaviour): number {
  if (trace !== undefined) {
    if ('file' in trace) return 0;
    return trace.given.reduce((units, chunk) => units + 1 + chunk.text.length, 0);
  }
  if ('given' in text) return text.given.length;
  if (!('generate' in text)) return 0;
  const { chars = defaultChars, tokens } = text.generate;
  return tokens === undefined ? chars : tokens * tokenChars.max;
}
