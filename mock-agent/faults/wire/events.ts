import { z } from 'zod';

import type { WireFaultOf } from '../../../proto/wire-fault.ts';
import { placeOfFault } from '../place.ts';
import { defineWireFault } from './define.ts';
import { partAfter, spansAfter } from './positions.ts';

/**
 * Defines a fault of the first message after a place: the text of one chunk, or the final message. In formats
 * that show them, reasoning and fragments of tool calls are messages too.
 */
function defineEventFault<const N extends string>(
  name: N,
  how: Exclude<WireFaultOf<'event'>['how'], 'swapped'>,
  clientSees: string,
) {
  return defineWireFault({
    name,
    settings: z.strictObject({ at: placeOfFault }),
    clientSees,
    toWireFault(stream, { at }) {
      const [span] = spansAfter(stream, at) ?? [];
      const { part } = partAfter(stream, at) ?? {};
      return span && { fault: 'event', how, ...span, ...(part === undefined ? {} : { part }) };
    },
  });
}

/** The JSON of a message is truncated. */
const malformedJson = defineEventFault(
  'malformedJson',
  'malformed',
  'the data of a message is not JSON',
);

const duplicatedEvent = defineEventFault(
  'duplicatedEvent',
  'duplicated',
  'a message arrives twice',
);

const missingEvent = defineEventFault('missingEvent', 'missing', 'a message is missing');

const swappedEvents = defineWireFault({
  name: 'swappedEvents',
  settings: z.strictObject({ at: placeOfFault }),
  clientSees: 'two messages arrive in the wrong order',
  toWireFault(stream, { at }) {
    const [first, second] = spansAfter(stream, at) ?? [];
    if (first === undefined) return undefined;
    const hasText = second !== undefined && second.fromChar < second.toChar;
    const after = partAfter(stream, at);
    // With the last message before the end nothing can be swapped.
    const hasPart = after?.hasNext === true;
    if (!hasPart && (after !== undefined || !hasText)) return undefined;
    return {
      fault: 'event',
      how: 'swapped',
      ...first,
      ...(hasText ? { nextToChar: second.toChar } : {}),
      ...(hasPart ? { part: after.part } : {}),
    };
  },
});

/** In the order of their application. */
export const eventFaults = [malformedJson, duplicatedEvent, swappedEvents, missingEvent] as const;
