import { pino } from 'pino';

import { callError, explainContractError } from '../console/rehearsal-error.ts';
import { generatePath, modelOfScenario } from '../../proto/interface.ts';
import { createJournal, type JournalEntry } from '../control/journal.ts';
import { startGateway } from '../../gateway/server.ts';
import type { FaultChoice } from '../control/fault-choice.ts';
import { AgentError } from '../../mock-agent/agent-error.ts';
import { startMockAgent } from '../../mock-agent/server.ts';
import { keepRealTimers } from '../../proto/timers.ts';
import { requestedFault, withRequestedFaults } from '../../mock-agent/faults/requested-fault.ts';
import { encodeMetadataText, testMetadata } from '../../proto/metadata.ts';
import { createControl, type ControlledScenario } from '../control/control-routes.ts';
import { defaultScenario } from '../catalog.ts';
import {
  readScenarioObject,
  withScenario,
  type LoadedScenario,
  type ScenarioInput,
} from '../file/scenario-object.ts';
import { findScenario } from '../file/find-scenario.ts';
import type { GatewaySettings } from '../flags/gateway-settings.ts';
import { createOpenStreams, type OpenStreams } from '../control/open-streams.ts';
import {
  defaultTimeoutMs,
  streamInHand,
  type HeldStream,
  type StreamLimit,
} from './held-stream.ts';
import { createRehearsalState } from '../control/next-requests.ts';
import {
  nextOptionsSchema,
  ofTestSchema,
  streamLimitSchema,
  streamSchema,
  timesSchema,
  useSchema,
} from '../control/read-input.ts';
import { checkOnce, checkRehearsalOptions, checkTest, readArgument } from './check-options.ts';

/** A name of the catalogue, the path of a scenario file, or a scenario as an object. */
export type ScenarioChoice = string | ScenarioInput;

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
  /** Options of the gateway, such as `{ pingInterval: '1s' }`; docs/options.md lists all. */
  gateway?: GatewaySettings;
  /**
   * How long `stream()` and the calls of a held stream may take, in milliseconds; 4000 by default, which is
   * within the 5 s of a test of Vitest.
   */
  timeoutMs?: number;
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
  /** See `Rehearsal.stream`. */
  stream(options?: StreamLimit): Promise<HeldStream>;
  reset(): void;
}

/** A mock agent and a gateway in this process. */
export interface Rehearsal extends AsyncDisposable {
  /** The URL of the gateway without a path: `http://127.0.0.1:41234`, with https where it has a certificate. */
  url: string;
  /** The URL of the interface: `url` and the specified path. */
  endpoint: string;
  /** `host:port` of the agent, for a gateway of your own. */
  agentAddress: string;
  /**
   * Chooses the scenario from now on, for one test or for all.
   * @throws RehearsalError (usage) for wrong arguments, or after `close()`
   * @throws RehearsalError (scenario) with every problem of an invalid scenario
   */
  use(scenario: ScenarioChoice, options?: { test?: string }): Promise<void>;
  /**
   * Gives the next requests of a test (`times`, 1 by default) another scenario, more faults, or both.
   * @throws RehearsalError (usage) for wrong arguments, or after `close()`
   * @throws RehearsalError (fault) for a fault that does not exist or cannot be combined with the scenario's
   */
  next(
    once: { scenario?: ScenarioChoice; fault?: FaultChoice },
    options?: { times?: number; test?: string },
  ): Promise<void>;
  /** Returns the last 1000 requests for a generation, oldest first. */
  requests(options?: { test?: string }): JournalEntry[];
  /**
   * Returns the latest open stream of a test, as it is. Without one, the next stream of the test is held before
   * its first chunk, and returned once it is open: call this first, then let the app send its request.
   * @throws RehearsalError (stream) that names the requests that came instead, if none is opened in time
   */
  stream(options?: { test?: string } & StreamLimit): Promise<HeldStream>;
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
 * @throws RehearsalError (usage) with every wrong option
 * @throws RehearsalError (scenario) with every problem of a scenario file or object
 * @throws Error if the port cannot be bound; its `code` is the system's, such as `EADDRINUSE`
 */
export async function startRehearsal(options: RehearsalOptions = {}): Promise<Rehearsal> {
  keepRealTimers();
  const settings = checkRehearsalOptions('startRehearsal', options);
  const { seed, speed, port = 0, timeoutMs = defaultTimeoutMs } = options;
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
  if (scenarios.length === 0)
    throw callError('usage', 'startRehearsal', ['scenarios: name at least one']);

  const state = createRehearsalState();
  const journal = createJournal();
  const streams: OpenStreams = createOpenStreams(journal.entryOf, (id, command) =>
    agent.command(id, command),
  );
  const agent = await startMockAgent({
    scenarios,
    seed,
    host,
    port: 0,
    log,
    onHold: streams.held,
  });
  const control = createControl(
    {
      state,
      journal,
      streams,
      scenarios: () => Promise.resolve(scenarios),
      add: async (scenario) => (await add(scenario)).name,
      seed,
    },
    host,
    log,
  );
  const gateway = await startGateway(
    { ...settings, host, port, agentAddress: `ipv4:${agent.address}`, wireFaults: true },
    log,
    {
      middleware: control,
      prepare(request) {
        state.prepare(request);
        streams.prepare(request);
      },
      models: () => Promise.resolve(scenarios.map(({ name }) => modelOfScenario(name))),
      observers: [journal.observer, streams.observer],
    },
  ).catch(async (error: unknown) => {
    await agent.close();
    throw explainContractError(error);
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
  const close = () => {
    streams.stopWaiting();
    return (closed ??= gateway.close().then(() => agent.close()));
  };
  const refuseIfClosed = (call: string) => {
    if (closed === undefined) return;
    throw callError('usage', call, ['the rehearsal is closed; call it before close()']);
  };

  const rehearsal: Omit<Rehearsal, 'forTest'> = {
    url: gateway.url,
    endpoint: gateway.url + generatePath,
    agentAddress: agent.address,
    async use(choice, options: { test?: string } = {}) {
      refuseIfClosed('use');
      const { test } = readArgument('use', 'options', ofTestSchema, options);
      readArgument('use', 'options', useSchema, { scenario: choice });
      state.use((await add(choice)).name, test);
    },
    async next(once, options: { times?: number; test?: string } = {}) {
      refuseIfClosed('next');
      checkOnce(once);
      const { times, test } = readArgument('next', 'options', nextOptionsSchema, options);
      const { scenario, fault } = once;
      const name = scenario === undefined ? undefined : (await add(scenario)).name;
      const current = name ?? state.current(test);
      const target = scenarios.find((each) => each.name === current) ?? scenarios[0];
      const text = fault === undefined ? undefined : faultText(fault, target);
      state.next({ scenario: name, fault: text }, times, test);
    },
    requests(options = {}) {
      const { test } = readArgument('requests', 'options', ofTestSchema, options);
      return journal.entries(test);
    },
    async stream(options = {}) {
      refuseIfClosed('stream');
      const wanted = readArgument('stream', 'options', streamSchema, options);
      return streamInHand(streams, wanted, timeoutMs);
    },
    reset(options = {}) {
      const { test } = readArgument('reset', 'options', ofTestSchema, options);
      state.reset(test);
      journal.clear(test);
      streams.stopWaiting(test);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return {
    ...rehearsal,
    forTest(test) {
      checkTest('forTest', test);
      return viewOf(rehearsal, test);
    },
  };
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
    if (!(error instanceof AgentError)) throw error;
    throw callError('fault', 'next', [`fault: ${error.message}`], error);
  }
}

function viewOf(rehearsal: Omit<Rehearsal, 'forTest'>, test: string): TestRehearsal {
  return {
    endpoint: `${rehearsal.endpoint}?test=${encodeURIComponent(test)}`,
    headers: { [testMetadata]: encodeMetadataText(test) },
    use: (scenario) => rehearsal.use(scenario, { test }),
    async next(once, options = {}) {
      const { times } = readArgument('next', 'options', timesSchema, options);
      return rehearsal.next(once, { times, test });
    },
    requests: () => rehearsal.requests({ test }),
    async stream(options = {}) {
      const limit = readArgument('stream', 'options', streamLimitSchema, options);
      return rehearsal.stream({ test, ...limit });
    },
    reset: () => rehearsal.reset({ test }),
  };
}

function readChoice(choice: ScenarioChoice): Promise<LoadedScenario> {
  return typeof choice === 'string' ? findScenario(choice) : readScenarioObject(choice);
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
