import { z } from 'zod';

import { defineWireFault } from './define.ts';

/** The stream comes under another Content-Type: an EventSource closes for good, its body unread. */
export const contentType = defineWireFault({
  name: 'contentType',
  settings: z.strictObject({
    type: z
      .string()
      .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\u0020-\u007E]+)?$/, {
        error: 'a media type, such as text/html or text/event-stream; charset=utf-8',
      })
      .default('text/html'),
  }),
  clientSees: 'the stream under another Content-Type',
  traits: ['changesTheHeaders'],
  ask: (_, { type }) => ({ fault: 'content-type', value: type }),
});
