import { parentPort } from 'node:worker_threads';

import { AgentError } from '../agent-error.ts';
import type { FromPlanner, ToPlanner } from './planner.ts';
import { prepareStream } from './prepare.ts';
import type { AgentScenario } from './resolve-request.ts';

/** By the number that the planner has assigned. */
const scenarios = new Map<number, AgentScenario>();

parentPort?.on('message', (message: ToPlanner) => {
  if (message.type === 'forget') {
    scenarios.clear();
    return;
  }
  const { scenarioId, scenario, resolved, inFlight } = message;
  if (scenario !== undefined) scenarios.set(scenarioId, scenario);
  const knownScenario = scenarios.get(scenarioId);
  if (knownScenario === undefined) throw new Error(`no scenario has the number ${scenarioId}`);
  try {
    const prepared = prepareStream({ ...resolved, scenario: knownScenario }, inFlight);
    answer({ type: 'prepared', prepared }, [prepared.chunks.table.buffer]);
  } catch (error) {
    answer(
      error instanceof AgentError
        ? { type: 'refused', code: error.code, message: error.message }
        : { type: 'failed', error },
    );
  }
});

function answer(message: FromPlanner, transferred: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transferred);
}

answer({ type: 'ready' });
