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

/** What the next requests get in place of what they would: a scenario, one fault more, or both. */
interface Once {
  scenario?: string | undefined;
  /** As the header `x-rehearsal-fault` has it. */
  fault?: string | undefined;
}

/**
 * What was chosen for requests to come, for each test apart from the others.
 *
 * It is held before the gateway and travels to the agent as metadata of every call, so that the agent
 * needs no second way in and one process or two make no difference.
 */
export interface RehearsalState {
  /** The scenario of a test, else that of all; undefined where nobody chose. */
  current(test?: string): string | undefined;
  use(scenario: string, test?: string): void;
  /** For the next `times` requests of a test; without one, of those that are of none. */
  next(once: Once, times: number, test?: string): void;
  /** Forgets what was chosen for one test, or for all, and has keys counted anew. */
  reset(test?: string): void;
  /** Puts what was chosen into a request's metadata. */
  prepare(request: AgentRequest): void;
}

interface Chosen {
  scenario?: string | undefined;
  once: Once[];
  epoch?: number | undefined;
}

/** How many tests have choices of their own; beyond that, the least recently used one loses them. */
const mostTests = 10_000;

/** A model of this form chooses a scenario itself. */
const choosesByModel = /^rehearsal\/./;

export function createRehearsalState(): RehearsalState {
  const tests = new LRUCache<string, Chosen>({ max: mostTests });
  let ofAll: Chosen = { once: [] };
  let epochs = 0;

  const chosenFor = (test: string | undefined): Chosen => {
    if (test === undefined) return ofAll;
    const chosen = tests.get(test) ?? { once: [] };
    tests.set(test, chosen);
    return chosen;
  };
  const current = (test?: string) =>
    (test === undefined ? undefined : tests.get(test)?.scenario) ?? ofAll.scenario;

  return {
    current,
    use(scenario, test) {
      chosenFor(test).scenario = scenario;
    },
    next(once, times, test) {
      chosenFor(test).once.push(...Array.from({ length: times }, () => once));
    },
    reset(test) {
      epochs += 1;
      if (test === undefined) {
        tests.clear();
        ofAll = { once: [], epoch: epochs };
      } else {
        tests.delete(test);
        chosenFor(test).epoch = epochs;
      }
    },
    prepare({ model, metadata }) {
      const test = firstOf(metadata, testMetadata);
      const chosen = test === undefined ? ofAll : tests.get(test);
      const once = chosen?.once.shift();
      // A stream that is gone on with is that of before: another scenario would be another text.
      const goesOn = metadata.get(nthMetadata).length > 0;
      const choosesItself = metadata.get(scenarioMetadata).length > 0 || choosesByModel.test(model);
      const scenario = goesOn
        ? undefined
        : (once?.scenario ?? (choosesItself ? undefined : current(test)));
      if (scenario !== undefined) setText(metadata, scenarioMetadata, scenario);
      if (once?.fault !== undefined) setText(metadata, faultMetadata, once.fault);
      const epoch = chosen?.epoch ?? ofAll.epoch;
      if (epoch !== undefined) metadata.set(epochMetadata, String(epoch));
    },
  };
}
