import { z } from 'zod';

import { isConnected, isStreamed, type StreamSample } from '../sample.ts';

/** Streams that were answered with the same content type. */
export const contentTypeSchema = z.strictObject({
  contentType: z.string(),
  count: z.int().positive(),
});

export type ContentTypeCount = z.infer<typeof contentTypeSchema>;

const most = 10;

/** Counts the content types of judged streams that are not exactly that of the specification (B1): the ten most frequent, most first. */
export function countContentTypes(samples: readonly StreamSample[]): ContentTypeCount[] {
  const counts = new Map<string, number>();
  for (const sample of samples) {
    if (sample.phase !== 'window' || !isStreamed(sample) || isConnected(sample)) continue;
    const contentType = sample.contentType ?? '';
    counts.set(contentType, (counts.get(contentType) ?? 0) + 1);
  }
  return [...counts]
    .map(([contentType, count]) => ({ contentType, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}
