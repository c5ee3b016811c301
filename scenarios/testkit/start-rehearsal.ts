import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

import { pino } from 'pino';
import type { z } from 'zod';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { scenarioError } from '../file/problems.ts';
import { generatePath } from '../../proto/interface.ts';
import { createJournal, type JournalEntry } from '../control/journal.ts';
import { startGateway } from '../../gateway/server.ts';
import type { FaultEntry } from '../../mock-agent/faults/index.ts';
import { startMockAgent } from '../../mock-agent/server.ts';
import { keepRealTimers } from '../../proto/timers.ts';
import {
  FaultError,
  requestedFault,
  withRequestedFault,
} from '../../mock-agent/faults/requested-fault.ts';
import { encodeMetadataText, testMetadata } from '../../proto/metadata.ts';
import { createControl, type Answering } from '../control/control-routes.ts';
import { describeIssue, type PlacedMessage } from '../file/describe-issue.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { defaultScenario } from '../catalog.ts';
import { findScenario } from '../file/find-scenario.ts';
import { readFilesBeside } from '../file/files-beside.ts';
import { scenarioName } from '../file/read-scenario.ts';
import { createRehearsalState } from '../control/next-requests.ts';
import { scenarioSchema } from '../file/scenario.ts';

/** A scenario as an object: the keys of a scenario file, of which none is required, and a name. */
export type ScenarioInput = Partial<
  Omit<z.input<typeof scenarioSchema>, 'version' | 'load' | 'targets'>
> & {
  /** By which requests choose it; where it is left out, one that is made of its content. */
  name?: string;
};

/** A name of the catalogue, the path of a scenario file, or a scenario as an object. */
export type ScenarioChoice = string | ScenarioInput;

/** An entry of a scenario's `faults`, or the name of a fault that needs no settings. */
export type FaultChoice = string | FaultEntry;

export interface RehearsalOptions {
  /** The one that answers; `healthy` where neither this nor `scenarios` is given. */
  scenario?: ScenarioChoice;
  /** Several: the first answers where a request names none, the others by their names. */
  scenarios?: readonly ScenarioChoice[];
  /** In place of the scenarios' own. */
  seed?: number;
  /** How many times faster every stream runs, or `instant`; a request's own wins. */
  speed?: number | 'instant';
  /** The gateway's; a free one where it is left out. */
  port?: number;
}

/** What a test has of a rehearsal: all of it is the test's own. */
export interface TestRehearsal {
  /** Asks in the name of the test. */
  endpoint: string;
  /** The same for clients whose address is fixed: headers to send along. */
  headers: Record<string, string>;
  use(scenario: ScenarioChoice): Promise<void>;
  next(
    once: { scenario?: ScenarioChoice; fault?: FaultChoice },
    options?: { times?: number },
  ): Promise<void>;
  requests(): JournalEntry[];
  reset(): void;
}

/** A mock agent and a gateway before it, in this process. */
export interface Rehearsal extends AsyncDisposable {
  /** Of the gateway, such as `http://127.0.0.1:41234`, without a path. */
  url: string;
  /** Where generations are asked for: `url` and the specified path. */
  endpoint: string;
  /** `host:port` of the agent, for a gateway of your own. */
  agentAddress: string;
  /**
   * Has a scenario answer from now on, for one test or for all; one that is new here is read first.
   * @throws RehearsalError (scenario), with every problem of one that cannot be used.
   */
  use(scenario: ScenarioChoice, options?: { test?: string }): Promise<void>;
  /**
   * Gives the next requests of a test another scenario, one fault more, or both.
   * @throws RehearsalError (fault) for a fault that does not exist or cannot be combined.
   */
  next(
    once: { scenario?: ScenarioChoice; fault?: FaultChoice },
    options?: { times?: number; test?: string },
  ): Promise<void>;
  /** What clients did, the oldest first: the last 1000 requests for a generation. */
  requests(options?: { test?: string }): JournalEntry[];
  /** Forgets requests and choices of one test, or of all, and counts keys anew. */
  reset(options?: { test?: string }): void;
  /** The same for one test alone, which may share the server with others that run beside it. */
  forTest(test: string): TestRehearsal;
  /** Ends every stream and stops listening; nothing stays open. */
  close(): Promise<void>;
}

/**
 * Starts a rehearsal in this process; many may run at once. It logs nothing and changes nothing of the
 * process. Fake timers that a test installs do not stop it.
 * @throws RehearsalError (scenario) with every problem of a scenario file or object.
 * @throws Error where the port cannot be bound; its `code` is the system's, such as `EADDRINUSE`.
 */
export async function startRehearsal(options: RehearsalOptions = {}): Promise<Rehearsal> {
  keepRealTimers();
  const { seed, speed, port = 0 } = options;
  const host = '127.0.0.1';
  const log = pino({ level: 'silent' });
  const withSpeed = (scenario: Known): Known =>
    speed === undefined ? scenario : atSpeed(scenario, speed);
  const read = async (choice: ScenarioChoice) => withSpeed(await readChoice(choice));

  let scenarios: Known[] = [];
  const first = options.scenario ?? (options.scenarios === undefined ? defaultScenario : undefined);
  for (const choice of [...(first === undefined ? [] : [first]), ...(options.scenarios ?? [])]) {
    scenarios = withScenario(scenarios, await read(choice));
  }
  if (scenarios.length === 0)
    throw new RehearsalError('usage', 'scenarios: must name one at least');

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
    { middleware: control, prepare: state.prepare, observers: [journal.observer] },
  ).catch(async (error: unknown) => {
    await agent.close();
    throw error;
  });

  const add = async (choice: ScenarioChoice): Promise<Answering> => {
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
      const answering = scenarios.find((each) => each.name === current) ?? scenarios[0];
      const text = fault === undefined ? undefined : faultText(fault, answering);
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

/** @throws RehearsalError (fault) */
function faultText(fault: FaultChoice, answering: Answering | undefined): string {
  try {
    const text = requestedFault(fault);
    withRequestedFault(answering?.behaviour.faults ?? [], text);
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

/** A scenario that answers, and what it was made of: two with the same source are the same. */
interface Known extends Answering {
  source: string;
}

async function readChoice(choice: ScenarioChoice): Promise<Known> {
  if (typeof choice === 'string') return findScenario(choice);
  const { name = nameOf(choice), ...content } = choice;
  if (!scenarioName.test(name)) {
    throw objectError(name, [
      `its name ${JSON.stringify(name)} is not lower-case-words-with-hyphens`,
    ]);
  }
  const whole = { version: 1, description: name, ...content };
  const { data, error } = scenarioSchema.safeParse(whole, { error: wordIssue });
  if (data === undefined) {
    const problems = error.issues.flatMap((issue) => describeIssue(issue, whole)).map(withPlace);
    throw objectError(name, problems);
  }
  // What an object names lies beside nothing: its files are those of the working directory.
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

/** A file shows the place of an unknown key by line and column; an object has none. */
function withPlace({ path, message }: PlacedMessage): string {
  const above = path.slice(0, -1).map(String).join('.');
  return above === '' || message.startsWith(above) ? message : `${above}: ${message}`;
}

/** The same content has the same name, so that its streams are the same again. */
function nameOf(content: ScenarioInput): string {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return `object-${digest.slice(0, 12)}`;
}

/** The error of a scenario that is an object: its problems have no place in a file. */
function objectError(name: string, messages: readonly string[]): RehearsalError {
  const problems = messages.map((message) => ({ file: name, line: 1, column: 1, message }));
  const text = `scenario ${JSON.stringify(name)}: ${messages.join('; ')}`;
  return new RehearsalError('scenario', text, { problems });
}

/** @throws RehearsalError (scenario) where the name is that of another scenario. */
function withScenario(scenarios: readonly Known[], scenario: Known): Known[] {
  const known = scenarios.find(({ name }) => name === scenario.name);
  if (known === undefined) return [...scenarios, scenario];
  if (known.source === scenario.source) return [...scenarios];
  throw objectError(scenario.name, ['the name is taken by another one; give it a name of its own']);
}

function atSpeed(scenario: Known, speed: Known['behaviour']['speed']): Known {
  return {
    ...scenario,
    behaviour: { ...scenario.behaviour, speed },
    cases: scenario.cases.map((each) => ({ ...each, behaviour: { ...each.behaviour, speed } })),
  };
}
