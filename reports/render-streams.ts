import type { JudgedSample } from './sample.ts';

/**
 * Renders `streams.jsonl`: one sample a line, each line ended.
 *
 * Line by line, because all of a long run's samples at once could exceed the longest string there is.
 */
export function* renderStreams(samples: Iterable<JudgedSample>): Generator<string> {
  for (const sample of samples) yield `${JSON.stringify(sample)}\n`;
}
