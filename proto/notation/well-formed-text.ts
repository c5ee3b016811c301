import { z } from 'zod';

/** A text that UTF-8, and so gRPC and HTTP, can carry: any Unicode without lone surrogates. */
export const wellFormedText = z.string().refine((text) => text.isWellFormed(), {
  error: 'has half a surrogate pair in it, which cannot be sent',
});
