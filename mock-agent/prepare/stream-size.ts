import type { Behaviour } from '../plan/behaviour.ts';
import { sizeOfFault } from '../faults/index.ts';
import type { AgentScenario, ResolvedRequest } from './resolve-request.ts';
import { defaultChars } from '../text/text.ts';

/** What is the same for every request of a scenario. */
interface ScenarioSize {
  /** Of the longest text that does not depend on the prompt, in code units, with what faults add. */
  units: number;
  /** Whether its cases search the prompt with regular expressions. */
  searchesPrompt: boolean;
}

const sizes = new WeakMap<AgentScenario, ScenarioSize>();

/** About how much text has to be gone through to plan a stream, in code units; at least as much as it is. */
export function sizeOfStream({ scenario, request }: ResolvedRequest): number {
  const { units, searchesPrompt } = sizeOfScenario(scenario);
  return units + request.prompt.length * (searchesPrompt ? searchFactor : 1);
}

/** The part of a stream's size that is the same for every request of a scenario. */
export function unitsOfScenario(scenario: AgentScenario): number {
  return sizeOfScenario(scenario).units;
}

/** A regular expression takes that much more time than anything else that is done with a prompt. */
const searchFactor = 10;

/** What a fault adds is counted, and not cut into tokens, which takes that much less time. */
const addedFactor = 50;

function sizeOfScenario(scenario: AgentScenario): ScenarioSize {
  const known = sizes.get(scenario);
  if (known !== undefined) return known;
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

/** How long the text of a behaviour is at most, in code units; 0 for an echo. */
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
