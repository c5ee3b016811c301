import { gatewayOptionsSchema } from '../../gateway/options.ts';
import { scenarioMetadata, seedMetadata } from '../../proto/metadata.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Scenario } from '../file/scenario.ts';
import { mostPerProcess } from '../load/profile/profile.ts';
import { pathOfLoad } from '../load/request.ts';
import { startStack } from '../processes/start-stack.ts';
import { measureLoad, type LoadMeasured, type MeasureOptions } from './measure-load.ts';

/** The report contains every stream; a thousand log lines per second would hide the progress. */
export const logLevel = 'warn';

/**
 * Starts an agent and a gateway of our own, and measures them under the load of a scenario.
 * @throws RehearsalError (usage) if one of them ends or stops responding during the load
 * @throws the signal's reason if it aborts before they have started, or if they do not respond after it
 */
export async function measureStack(
  scenario: Scenario,
  options: MeasureOptions,
): Promise<LoadMeasured & { url: string }> {
  const { seed, signal } = options;
  const broken = new AbortController();
  const stack = await startStack({
    agent: { scenarios: [scenario.file], port: 0, seed, watch: false, logLevel },
    gateway: {
      port: 0,
      maxStreams: Math.max(
        gatewayOptionsSchema.parse({}).maxStreams,
        // A slot may send a request before the gateway has noticed the end of its last stream.
        scenario.load.arrivals === undefined ? 2 * scenario.load.streams : mostPerProcess,
      ),
      logLevel,
    },
    signal,
    onAnswering(isAnswering, message) {
      if (!isAnswering) broken.abort(new RehearsalError('usage', message));
    },
  });
  void stack.failed.then((reason) =>
    broken.abort(new RehearsalError('usage', `${reason} during the run`)),
  );
  try {
    const url = stack.url + pathOfLoad(scenario.load.request);
    const ownHeaders = { [scenarioMetadata]: scenario.name, [seedMetadata]: String(seed) };
    const load = { url, ownHeaders, broken: broken.signal };
    return { url, ...(await measureLoad(scenario, stack, load, options)) };
  } finally {
    await stack.close();
  }
}
