import { z } from 'zod';

import { defineFault } from '../fault.ts';
import { detailsSchema } from '../details.ts';
import { statusNameSchema } from '../status-name.ts';

/** The agent responds with only a gRPC status, so a gateway can still respond with an HTTP error. */
export const refuse = defineFault({
  name: 'refuse',
  settings: z.strictObject({
    status: statusNameSchema.default('UNAVAILABLE'),
    details: detailsSchema.default('the agent refuses this request'),
  }),
  agentDoes: 'responds with a gRPC status and no stream',
  clientSees: 'an HTTP error',
  traits: ['takesTheStream'],
  apply: (stream, { status, details }) => ({
    ...stream,
    acceptAtMs: null,
    chunks: [],
    end: { kind: 'status', atMs: 0, status, details },
  }),
});
