import { z } from 'zod';

import { defineWireFault } from './define.ts';

/** The stream has another Content-Type: an EventSource closes for good without reading the body. */
export const contentType = defineWireFault({
  name: 'contentType',
  settings: z.strictObject({
    type: z
      .string()
      .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\u0020-\u007E]+)?$/, {
        error: 'write a media type, such as text/html or text/event-stream; charset=utf-8',
      })
      .default('text/html')
      .describe('The Content-Type.'),
  }),
  clientSees: 'the stream with another Content-Type',
  traits: ['changesTheHeaders'],
  toWireFault: (_, { type }) => ({ fault: 'content-type', value: type }),
});
