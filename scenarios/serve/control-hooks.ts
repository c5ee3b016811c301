import type { Logger } from 'pino';

import type { GatewayHooks } from '../../gateway/hooks.ts';
import { modelOfScenario } from '../../proto/interface.ts';
import { isRehearsalError } from '../console/rehearsal-error.ts';
import { isControlPath } from '../control/control-path.ts';
import { createJournal } from '../control/journal.ts';
import { createRehearsalState } from '../control/next-requests.ts';
import { createPlayground } from '../control/playground-routes.ts';
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
  const readScenarios = async () => {
    const { rereadScenarios } = await import('../file/find-scenario.ts');
    return rereadScenarios(scenarios, watch);
  };
  const load = async () => {
    const [{ createControl }, known] = await Promise.all([
      import('../control/control-routes.ts'),
      readScenarios(),
    ]);
    return createControl({ state, journal, scenarios: known, seed }, host, log);
  };
  const models = async () => {
    const known = await readScenarios();
    return (await known()).map(({ name }) => modelOfScenario(name));
  };
  let control: ReturnType<typeof load> | undefined;
  // Their files may have changed by the first request.
  if (!watch) await (control = load());
  const playground = createPlayground();
  const middleware: GatewayHooks['middleware'] = async (context, next) => {
    if (!isControlPath(context.req.url ?? '/')) return playground(context, next);
    try {
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
  return { middleware, prepare: state.prepare, models, observers: [journal.observer] };
}
