import { z } from 'zod';

/** A text that can be encoded in UTF-8, for gRPC and HTTP: any Unicode without lone surrogates. */
export const wellFormedText = z.string().refine((text) => text.isWellFormed(), {
  error: 'has half a surrogate pair in it, which cannot be sent',
});
