import { status } from '@grpc/grpc-js';
import { z } from 'zod';

import type { StatusName } from '../planned-stream.ts';

const names = Object.keys(status).filter(
  (name): name is StatusName => Number.isNaN(Number(name)) && name !== 'OK',
);

/** The name of a gRPC status other than OK, such as `UNAVAILABLE`. */
export const statusNameSchema = z.enum(names).describe('The name of the gRPC status.');
