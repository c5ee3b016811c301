import { LRUCache } from 'lru-cache';

import type { AgentRequest } from '../../gateway/agent/agent-client.ts';
import {
  epochMetadata,
  faultMetadata,
  firstOf,
  nthMetadata,
  scenarioMetadata,
  setText,
  testMetadata,
} from '../../proto/metadata.ts';

/** A choice for one request: another scenario, one more fault, or both. */
interface Once {
  scenario?: string | undefined;
  /** In the form of the header `x-rehearsal-fault`. */
  fault?: string | undefined;
}

/**
 * The choices for future requests, separate for each test. They reach the agent as metadata of each call,
 * so it works the same with agent and gateway in one process or in two.
 */
export interface RehearsalState {
  /** Returns the scenario chosen for a test, else for all; undefined without a choice. */
  current(test?: string): string | undefined;
  use(scenario: string, test?: string): void;
  /** Chooses for the next `times` requests of a test; without `test`, for requests without a test id. */
  next(once: Once, times: number, test?: string): void;
  /** Clears the choices of one test, or of all, and restarts the counting of keys. */
  reset(test?: string): void;
  /** Adds the choices to the metadata of a request. */
  prepare(request: AgentRequest): void;
}

interface Choices {
  scenario?: string | undefined;
  once: Once[];
  epoch?: number | undefined;
}

/** The maximum of tests with choices; beyond it the least recently used test loses them. */
const mostTests = 10_000;

/** Model names that choose a scenario. */
const choosesByModel = /^rehearsal\//;

export function createRehearsalState(): RehearsalState {
  const tests = new LRUCache<string, Choices>({ max: mostTests });
  let global: Choices = { once: [] };
  let epochs = 0;

  const choicesFor = (test: string | undefined): Choices => {
    if (test === undefined) return global;
    const choices = tests.get(test) ?? { once: [] };
    tests.set(test, choices);
    return choices;
  };
  const current = (test?: string) =>
    (test === undefined ? undefined : tests.get(test)?.scenario) ?? global.scenario;

  return {
    current,
    use(scenario, test) {
      choicesFor(test).scenario = scenario;
    },
    next(once, times, test) {
      choicesFor(test).once.push(...Array.from({ length: times }, () => once));
    },
    reset(test) {
      epochs += 1;
      if (test === undefined) {
        tests.clear();
        global = { once: [], epoch: epochs };
      } else {
        tests.delete(test);
        choicesFor(test).epoch = epochs;
      }
    },
    prepare({ model, metadata }) {
      const test = firstOf(metadata, testMetadata);
      const choices = test === undefined ? global : tests.get(test);
      const once = choices?.once.shift();
      // A resumed stream keeps its scenario, since another one would have another text.
      const isResumed = metadata.get(nthMetadata).length > 0;
      const namesScenario = metadata.get(scenarioMetadata).length > 0 || choosesByModel.test(model);
      const scenario = isResumed
        ? undefined
        : (once?.scenario ?? (namesScenario ? undefined : current(test)));
      if (scenario !== undefined) setText(metadata, scenarioMetadata, scenario);
      if (once?.fault !== undefined) setText(metadata, faultMetadata, once.fault);
      const epoch = choices?.epoch ?? global.epoch;
      if (epoch !== undefined) metadata.set(epochMetadata, String(epoch));
    },
  };
}
