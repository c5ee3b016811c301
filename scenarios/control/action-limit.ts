import { z } from 'zod';

/** The time that an action on a stream may take, in milliseconds. */
export const limitMsSchema = z.int().min(1).max(600_000);
