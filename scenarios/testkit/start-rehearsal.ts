import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

import { pino } from 'pino';
import type { z } from 'zod';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { scenarioError } from '../file/problems.ts';
import { generatePath, modelOfScenario } from '../../proto/interface.ts';
import { createJournal, type JournalEntry } from '../control/journal.ts';
import { startGateway } from '../../gateway/server.ts';
import type { FaultEntry } from '../../mock-agent/faults/index.ts';
import { startMockAgent } from '../../mock-agent/server.ts';
import { keepRealTimers } from '../../proto/timers.ts';
import {
  FaultError,
  requestedFault,
  withRequestedFaults,
} from '../../mock-agent/faults/requested-fault.ts';
import { encodeMetadataText, testMetadata } from '../../proto/metadata.ts';
import { createControl, type ControlledScenario } from '../control/control-routes.ts';
import { describeIssue, type PlacedMessage } from '../file/describe-issue.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { defaultScenario } from '../catalog.ts';
import { findScenario } from '../file/find-scenario.ts';
import { readFilesBeside } from '../file/files-beside.ts';
import { scenarioName } from '../file/read-scenario.ts';
import { createRehearsalState } from '../control/next-requests.ts';
import { scenarioSchema } from '../file/scenario.ts';

/** A scenario as an object: the keys of a scenario file, all optional, and a name. */
export type ScenarioInput = Partial<
  Omit<z.input<typeof scenarioSchema>, 'version' | 'load' | 'targets'>
> & {
  /** The name by which requests choose it; by default a hash of the content. */
  name?: string;
};

/** A name of the catalogue, the path of a scenario file, or a scenario as an object. */
export type ScenarioChoice = string | ScenarioInput;

/** The name of a fault, such as `stall` or `429`, or an entry of a scenario's `faults`. */
type SingleFault = string | number | FaultEntry;

/** One fault, or several that strike in their order. */
export type FaultChoice = SingleFault | readonly SingleFault[];

export interface RehearsalOptions {
  /** The default scenario: `healthy`, or the first of `scenarios`. */
  scenario?: ScenarioChoice;
  /** Several scenarios, which requests choose by name. */
  scenarios?: readonly ScenarioChoice[];
  /** Replaces the seeds of the scenarios. */
  seed?: number;
  /** How many times faster every stream plays, or `instant`; the speed of a request wins. */
  speed?: number | 'instant';
  /** The port of the gateway; a free one by default. */
  port?: number;
}

/** A rehearsal for one test, separate from all other tests. */
export interface TestRehearsal {
  /** The URL of the interface with the test id in the query. */
  endpoint: string;
  /** Headers with the test id, for clients with a fixed URL. */
  headers: Record<string, string>;
  use(scenario: ScenarioChoice): Promise<void>;
  next(
    once: { scenario?: ScenarioChoice; fault?: FaultChoice },
    options?: { times?: number },
  ): Promise<void>;
  requests(): JournalEntry[];
  reset(): void;
}

/** A mock agent and a gateway in this process. */
export interface Rehearsal extends AsyncDisposable {
  /** The URL of the gateway without a path, such as `http://127.0.0.1:41234`. */
  url: string;
  /** The URL of the interface: `url` and the specified path. */
  endpoint: string;
  /** `host:port` of the agent, for a gateway of your own. */
  agentAddress: string;
  /**
   * Chooses the scenario from now on, for one test or for all.
   * @throws RehearsalError (scenario) with every problem of an invalid scenario
   */
  use(scenario: ScenarioChoice, options?: { test?: string }): Promise<void>;
  /**
   * Gives the next requests of a test another scenario, more faults, or both.
   * @throws RehearsalError (fault) for a fault that does not exist or cannot be combined with the scenario's
   */
  next(
    once: { scenario?: ScenarioChoice; fault?: FaultChoice },
    options?: { times?: number; test?: string },
  ): Promise<void>;
  /** Returns the last 1000 requests for a generation, oldest first. */
  requests(options?: { test?: string }): JournalEntry[];
  /** Clears requests and choices of one test, or of all, and restarts the counting of keys. */
  reset(options?: { test?: string }): void;
  /** Returns the rehearsal of one test, which shares the server with other tests. */
  forTest(test: string): TestRehearsal;
  /** Ends every stream and stops listening; nothing stays open. */
  close(): Promise<void>;
}

/**
 * Starts a rehearsal in this process; several may run at once. It logs nothing, changes no global state,
 * and keeps the real timers under fake ones.
 * @throws RehearsalError (scenario) with every problem of a scenario file or object
 * @throws Error if the port cannot be bound; its `code` is the system's, such as `EADDRINUSE`
 */
export async function startRehearsal(options: RehearsalOptions = {}): Promise<Rehearsal> {
  keepRealTimers();
  const { seed, speed, port = 0 } = options;
  const host = '127.0.0.1';
  const log = pino({ level: 'silent' });
  const withSpeed = (scenario: LoadedScenario): LoadedScenario =>
    speed === undefined ? scenario : atSpeed(scenario, speed);
  const read = async (choice: ScenarioChoice) => withSpeed(await readChoice(choice));

  let scenarios: LoadedScenario[] = [];
  const first = options.scenario ?? (options.scenarios === undefined ? defaultScenario : undefined);
  for (const choice of [...(first === undefined ? [] : [first]), ...(options.scenarios ?? [])]) {
    scenarios = withScenario(scenarios, await read(choice));
  }
  if (scenarios.length === 0) throw new RehearsalError('usage', 'scenarios: name at least one');

  const state = createRehearsalState();
  const journal = createJournal();
  const agent = await startMockAgent({ scenarios, seed, host, port: 0, log });
  const control = createControl(
    { state, journal, scenarios: () => Promise.resolve(scenarios), seed },
    host,
    log,
  );
  const gateway = await startGateway(
    { host, port, agentAddress: `ipv4:${agent.address}`, wireFaults: true },
    log,
    {
      middleware: control,
      prepare: state.prepare,
      models: () => Promise.resolve(scenarios.map(({ name }) => modelOfScenario(name))),
      observers: [journal.observer],
    },
  ).catch(async (error: unknown) => {
    await agent.close();
    throw error;
  });

  const add = async (choice: ScenarioChoice): Promise<ControlledScenario> => {
    const known = scenarios.find(({ name }) => name === choice);
    if (known !== undefined) return known;
    const scenario = await read(choice);
    scenarios = withScenario(scenarios, scenario);
    agent.use(scenarios);
    return scenario;
  };
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= gateway.close().then(() => agent.close()));

  const rehearsal: Omit<Rehearsal, 'forTest'> = {
    url: gateway.url,
    endpoint: gateway.url + generatePath,
    agentAddress: agent.address,
    async use(choice, { test } = {}) {
      state.use((await add(choice)).name, test);
    },
    async next({ scenario, fault }, { times = 1, test } = {}) {
      const name = scenario === undefined ? undefined : (await add(scenario)).name;
      const current = name ?? state.current(test);
      const target = scenarios.find((each) => each.name === current) ?? scenarios[0];
      const text = fault === undefined ? undefined : faultText(fault, target);
      state.next({ scenario: name, fault: text }, times, test);
    },
    requests: ({ test } = {}) => journal.entries(test),
    reset({ test } = {}) {
      state.reset(test);
      journal.clear(test);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return { ...rehearsal, forTest: (test) => viewOf(rehearsal, test) };
}

/**
 * Returns a fault in the form of the header, if it can be combined with those of the scenario.
 * @throws RehearsalError (fault)
 */
function faultText(fault: FaultChoice, scenario: ControlledScenario | undefined): string {
  try {
    const text = requestedFault(fault);
    withRequestedFaults(scenario?.behaviour.faults ?? [], text);
    return text;
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw new RehearsalError('fault', error.message, { cause: error });
  }
}

function viewOf(rehearsal: Omit<Rehearsal, 'forTest'>, test: string): TestRehearsal {
  return {
    endpoint: `${rehearsal.endpoint}?test=${encodeURIComponent(test)}`,
    headers: { [testMetadata]: encodeMetadataText(test) },
    use: (scenario) => rehearsal.use(scenario, { test }),
    next: (once, { times = 1 } = {}) => rehearsal.next(once, { times, test }),
    requests: () => rehearsal.requests({ test }),
    reset: () => rehearsal.reset({ test }),
  };
}

/** A scenario with its source, by which equal scenarios are recognized. */
interface LoadedScenario extends ControlledScenario {
  source: string;
}

async function readChoice(choice: ScenarioChoice): Promise<LoadedScenario> {
  if (typeof choice === 'string') return findScenario(choice);
  const { name = nameOf(choice), ...content } = choice;
  if (!scenarioName.test(name)) {
    throw objectError(name, [
      `its name ${JSON.stringify(name)} is not lower-case-words-with-hyphens`,
    ]);
  }
  const written = { version: 1, description: name, ...content };
  const { data, error } = scenarioSchema.safeParse(written, { error: wordIssue });
  if (data === undefined) {
    const problems = error.issues.flatMap((issue) => describeIssue(issue, written)).map(withPlace);
    throw objectError(name, problems);
  }
  // The file names of an object are relative to the working directory.
  const { content: complete, problems } = await readFilesBeside(
    resolve(name),
    data,
    (path, message) => ({
      file: name,
      line: 1,
      column: 1,
      message: `${path.map(String).join('.')}: ${message}`,
    }),
  );
  if (problems.length > 0) throw scenarioError(problems);
  return { ...complete, name, source: JSON.stringify(content) };
}

/** Adds the path of an unknown key to its message, since an object has no lines and columns. */
function withPlace({ path, message }: PlacedMessage): string {
  const above = path.slice(0, -1).map(String).join('.');
  return above === '' || message.startsWith(above) ? message : `${above}: ${message}`;
}

/** Returns a name from the content, so that the same content has the same streams. */
function nameOf(content: ScenarioInput): string {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return `object-${digest.slice(0, 12)}`;
}

/** Returns the error of a scenario object, whose problems have no position. */
function objectError(name: string, messages: readonly string[]): RehearsalError {
  const problems = messages.map((message) => ({ file: name, line: 1, column: 1, message }));
  const text = `scenario ${JSON.stringify(name)}: ${messages.join('; ')}`;
  return new RehearsalError('scenario', text, { problems });
}

/**
 * Adds a scenario to a list, unless it is in it.
 * @throws RehearsalError (scenario) if another scenario has its name
 */
function withScenario(
  scenarios: readonly LoadedScenario[],
  scenario: LoadedScenario,
): LoadedScenario[] {
  const known = scenarios.find(({ name }) => name === scenario.name);
  if (known === undefined) return [...scenarios, scenario];
  if (known.source === scenario.source) return [...scenarios];
  throw objectError(scenario.name, ['the name is taken by another scenario; choose another name']);
}

function atSpeed(
  scenario: LoadedScenario,
  speed: LoadedScenario['behaviour']['speed'],
): LoadedScenario {
  return {
    ...scenario,
    behaviour: { ...scenario.behaviour, speed },
    cases: scenario.cases.map((each) => ({ ...each, behaviour: { ...each.behaviour, speed } })),
  };
}
