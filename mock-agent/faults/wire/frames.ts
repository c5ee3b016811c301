import { z } from 'zod';

import { defineWireFault } from './define.ts';

/** Every byte is written alone, so a read may end anywhere, even in a CR LF or within a character. */
const tornFrames = defineWireFault({
  name: 'tornFrames',
  settings: z.strictObject({}),
  clientSees: 'every byte arrives alone, even within a character',
  traits: ['laysOutTheWire'],
  toWireFault: () => ({ fault: 'frames', how: 'torn' }),
});

const gluedFrames = defineWireFault({
  name: 'gluedFrames',
  settings: z.strictObject({
    events: z.int().min(2).max(1000).default(3).describe('How many events one write contains.'),
  }),
  clientSees: 'several events arrive in one write',
  traits: ['laysOutTheWire', 'holdsBack'],
  toWireFault: (_, { events }) => ({ fault: 'frames', how: 'glued', events }),
});

const bufferedBody = defineWireFault({
  name: 'bufferedBody',
  settings: z.strictObject({}),
  clientSees: 'headers and body arrive together at the end, as through a buffering proxy',
  traits: ['laysOutTheWire', 'holdsBack', 'changesTheHeaders'],
  toWireFault: () => ({ fault: 'frames', how: 'buffered' }),
});

const crlf = defineWireFault({
  name: 'crlf',
  settings: z.strictObject({}),
  clientSees: 'lines end with CR LF, which is allowed',
  toWireFault: () => ({ fault: 'crlf' }),
});

/** In the order of their application. */
export const frameFaults = [tornFrames, gluedFrames, bufferedBody, crlf] as const;
