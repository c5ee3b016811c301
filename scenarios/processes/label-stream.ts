import type { LabelStream } from '../../gateway/monitor/monitor.ts';
import { firstOf, keyMetadata, scenarioMetadata } from '../../proto/metadata.ts';

/** The scenario and key of a stream: those that the agent names, or else those of the request. */
export const labelStream = ((requested, accepted) => {
  const labelOf = (name: string) => firstOf(accepted, name) ?? firstOf(requested, name);
  return { scenario: labelOf(scenarioMetadata), key: labelOf(keyMetadata) };
}) satisfies LabelStream;
