import { z } from 'zod';

/** Words that a client will read: any Unicode. */
export const freeTextSchema = z.string().refine((text) => text.isWellFormed(), {
  error: 'has half a surrogate pair, which no client could be sent',
});

/** Of a gRPC status, which travels in a header; percent-encoded it may be nine times as long. */
export const detailsSchema = freeTextSchema.max(1000);
