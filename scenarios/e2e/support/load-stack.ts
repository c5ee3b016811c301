import type { GatewayOptions } from '../../../gateway/options.ts';
import type { DialectName } from '../../../proto/dialects/dialect.ts';
import { scenarioMetadata, seedMetadata } from '../../../proto/metadata.ts';
import type { JudgedSample } from '../../../reports/sample.ts';
import { holdAgainstPlans, type Expectations } from '../../../reports/verdict/expectations.ts';
import { compareSamples, plansOf } from '../../expect/compare-samples.ts';
import { scenarioSchema } from '../../file/scenario.ts';
import { pathOfLoad } from '../../load/request.ts';
import { runLoad } from '../../load/run-load.ts';
import type { Trust } from '../../load/target/trust.ts';
import { startInProcess } from './in-process-stack.ts';

export interface StackLoad {
  expectations: Expectations | null;
  /** Sorted by key. */
  samples: JudgedSample[];
}

/**
 * Loads agents and gateways in this process, one pair per format, and compares the streams with their plans.
 * @param load `total` streams with the same keys in each format
 */
export async function loadInFormats(
  behaviour: object,
  formats: readonly (DialectName | undefined)[],
  load: { request?: object; [key: string]: unknown },
  { gatewayOptions = {}, trust }: { gatewayOptions?: Partial<GatewayOptions>; trust?: Trust } = {},
): Promise<StackLoad[]> {
  const runIn = async (dialect: DialectName | undefined): Promise<StackLoad> => {
    const scenario = {
      ...scenarioSchema.parse({
        version: 1,
        description: 'of a test',
        behaviour,
        load: { ramp: '0s', ...load, request: { ...load.request, dialect } },
      }),
      name: 'test',
      file: 'test.yaml',
      source: '',
      files: [],
    };
    // On a busy machine an agent may take longer than a second to refuse a request.
    const options = { wireFaults: true, acceptWaitMs: 20_000, ...gatewayOptions };
    const { gateway } = await startInProcess(behaviour, options);
    const { samples } = await runLoad({
      url: gateway.url + pathOfLoad(scenario.load.request),
      profile: scenario.load,
      ...(trust === undefined ? {} : { trust }),
      headers: { [scenarioMetadata]: scenario.name, [seedMetadata]: '1' },
    });
    const plans = plansOf(scenario, 1);
    const judged = compareSamples(samples, plans, scenario.load, () => null).samples;
    return {
      expectations: holdAgainstPlans(judged, { expected: 0, seen: 0 }),
      samples: judged.toSorted((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true })),
    };
  };
  return Promise.all(formats.map(runIn));
}
