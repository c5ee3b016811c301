import { z } from 'zod';

import { defineWireFault } from './define.ts';

/** Every byte comes alone, so that a read may end anywhere: in a line end, inside a character. */
const tornFrames = defineWireFault({
  name: 'tornFrames',
  settings: z.strictObject({}),
  traits: ['laysOutTheWire'],
  ask: () => ({ fault: 'frames', how: 'torn' }),
});

/** Several events come in one piece. */
const gluedFrames = defineWireFault({
  name: 'gluedFrames',
  settings: z.strictObject({ events: z.int().min(2).max(1000).default(3) }),
  traits: ['laysOutTheWire', 'holdsBack'],
  ask: (_, { events }) => ({ fault: 'frames', how: 'glued', events }),
});

/** Head and body come at once at the end, as through a proxy that buffers. */
const bufferedBody = defineWireFault({
  name: 'bufferedBody',
  settings: z.strictObject({}),
  traits: ['laysOutTheWire', 'holdsBack', 'changesTheHeaders'],
  ask: () => ({ fault: 'frames', how: 'buffered' }),
});

/** Lines end with CR LF, which the standard allows. */
const crlf = defineWireFault({
  name: 'crlf',
  settings: z.strictObject({}),
  ask: () => ({ fault: 'crlf' }),
});

/** In the order in which they apply. */
export const frameFaults = [tornFrames, gluedFrames, bufferedBody, crlf] as const;
