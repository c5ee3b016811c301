import { z } from 'zod';

import { defineFault } from '../fault.ts';
import { detailsSchema } from '../details.ts';
import { cutAt, placeOfFault } from '../place.ts';
import { statusNameSchema } from '../status-name.ts';

export const errorStatus = defineFault({
  name: 'errorStatus',
  aliases: { error: {} },
  settings: z.strictObject({
    at: placeOfFault,
    status: statusNameSchema.default('INTERNAL'),
    details: detailsSchema.default('the model failed'),
  }),
  agentDoes: 'fails with a gRPC status after some text',
  clientSees: 'that text, then an `error` event',
  apply(stream, { at, status, details }) {
    const cut = cutAt(stream, at);
    return (
      cut && {
        ...stream,
        chunks: cut.before,
        end: { kind: 'status', atMs: cut.atMs, status, details },
      }
    );
  },
});
