import type { Logger } from 'pino';

import type { GatewayHooks } from '../../gateway/hooks.ts';
import { modelOfScenario } from '../../proto/interface.ts';
import { isRehearsalError } from '../console/rehearsal-error.ts';
import { isControlPath } from '../control/control-path.ts';
import { createJournal } from '../control/journal.ts';
import { createRehearsalState } from '../control/next-requests.ts';
import { createOpenStreams } from '../control/open-streams.ts';
import { createPlayground } from '../control/playground-routes.ts';
import type { LoadedScenario } from '../file/scenario-object.ts';
import { linkToAgent } from '../processes/agent-link.ts';
import { describeProblems } from '../file/problems.ts';
import type { ControlStart } from '../processes/start-message.ts';

/**
 * The control interface, the playground and the journal of a gateway. The interface and the scenarios are
 * loaded at the first request to it: loading them takes a fifth of a start.
 * @throws RehearsalError (scenario) for scenarios that cannot be used
 */
export async function controlHooks(
  { scenarios, seed, watch }: ControlStart,
  host: string,
  log: Logger,
): Promise<GatewayHooks> {
  const state = createRehearsalState();
  const journal = createJournal();
  const link = linkToAgent((id, hold) => streams.held(id, hold));
  const streams = createOpenStreams(journal.entryOf, link.command);
  /** Scenarios that were written to the control interface as objects. */
  let added: LoadedScenario[] = [];
  const readScenarios = async () => {
    const { rereadScenarios } = await import('../file/find-scenario.ts');
    const read = await rereadScenarios(scenarios, watch);
    return async () => [...(await read()), ...added];
  };
  const add = async (input: object) => {
    const { readScenarioObject, withScenario } = await import('../file/scenario-object.ts');
    const scenario = await readScenarioObject(input);
    added = withScenario(added, scenario);
    await link.addScenario(input);
    return scenario.name;
  };
  const load = async () => {
    const [{ createControl }, known] = await Promise.all([
      import('../control/control-routes.ts'),
      readScenarios(),
    ]);
    return createControl({ state, journal, streams, scenarios: known, add, seed }, host, log);
  };
  const models = async () => {
    const known = await readScenarios();
    return (await known()).map(({ name }) => modelOfScenario(name));
  };
  let control: ReturnType<typeof load> | undefined;
  // Their files may have changed by the first request.
  if (!watch) await (control = load());
  const playground = createPlayground(async () => {
    const [{ describeFaults }, known] = await Promise.all([
      import('../../mock-agent/faults/describe-faults.ts'),
      readScenarios(),
    ]);
    const all = await known();
    const chosen = state.current() ?? all[0]?.name;
    return {
      scenarios: all.map(({ name, description }) => ({
        name,
        description,
        current: name === chosen,
      })),
      faults: describeFaults(),
    };
  });
  const middleware: GatewayHooks['middleware'] = async (context, next) => {
    try {
      if (!isControlPath(context.req.url ?? '/')) return await playground(context, next);
      return await (
        await (control ??= load())
      )(context, next);
    } catch (error) {
      if (!isRehearsalError(error, 'scenario')) throw error;
      // The next request reads the files again.
      control = undefined;
      context.status = 500;
      context.body = { error: describeProblems(error.problems).join('; ') };
    }
  };
  return {
    middleware,
    prepare(request) {
      state.prepare(request);
      streams.prepare(request);
    },
    models,
    observers: [journal.observer, streams.observer],
  };
}
