import { z } from 'zod';

import { defineWireFault } from './define.ts';

/** Every byte comes alone, so that a read may end anywhere: in a line end, inside a character. */
const tornFrames = defineWireFault({
  name: 'tornFrames',
  settings: z.strictObject({}),
  clientSees: 'every byte comes by itself, also inside a character',
  traits: ['laysOutTheWire'],
  ask: () => ({ fault: 'frames', how: 'torn' }),
});

const gluedFrames = defineWireFault({
  name: 'gluedFrames',
  settings: z.strictObject({ events: z.int().min(2).max(1000).default(3) }),
  clientSees: 'several events come in one write',
  traits: ['laysOutTheWire', 'holdsBack'],
  ask: (_, { events }) => ({ fault: 'frames', how: 'glued', events }),
});

const bufferedBody = defineWireFault({
  name: 'bufferedBody',
  settings: z.strictObject({}),
  clientSees: 'headers and body come at once at the end, as through a buffering proxy',
  traits: ['laysOutTheWire', 'holdsBack', 'changesTheHeaders'],
  ask: () => ({ fault: 'frames', how: 'buffered' }),
});

const crlf = defineWireFault({
  name: 'crlf',
  settings: z.strictObject({}),
  clientSees: 'lines end with CR LF, which is allowed',
  ask: () => ({ fault: 'crlf' }),
});

/** In the order in which they apply. */
export const frameFaults = [tornFrames, gluedFrames, bufferedBody, crlf] as const;
