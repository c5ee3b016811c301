import { z } from 'zod';

import type { WireFaultOf } from '../../../proto/wire-fault.ts';
import { placeSchema } from '../place.ts';
import { defineWireFault } from './define.ts';
import { spansAfter } from './positions.ts';

/** Strikes at the first message after a place: the text of one chunk, or the final message. */
function defineEventFault<const N extends string>(
  name: N,
  how: Exclude<WireFaultOf<'event'>['how'], 'swapped'>,
  clientSees: string,
) {
  return defineWireFault({
    name,
    settings: z.strictObject({ at: placeSchema }),
    clientSees,
    ask(stream, { at }) {
      const [span] = spansAfter(stream, at) ?? [];
      return span && { fault: 'event', how, ...span };
    },
  });
}

/** The data of a message is no JSON: it breaks off in the middle. */
const malformedJson = defineEventFault(
  'malformedJson',
  'malformed',
  'the data of a message is not JSON',
);

const duplicatedEvent = defineEventFault('duplicatedEvent', 'duplicated', 'a message comes twice');

const missingEvent = defineEventFault('missingEvent', 'missing', 'a message never comes');

const swappedEvents = defineWireFault({
  name: 'swappedEvents',
  settings: z.strictObject({ at: placeSchema }),
  clientSees: 'two messages come in the wrong order',
  ask(stream, { at }) {
    const [first, second] = spansAfter(stream, at) ?? [];
    if (first === undefined || second === undefined || second.fromChar === second.toChar) {
      return undefined;
    }
    return { fault: 'event', how: 'swapped', ...first, nextToChar: second.toChar };
  },
});

/** In the order in which they apply. */
export const eventFaults = [malformedJson, duplicatedEvent, swappedEvents, missingEvent] as const;
