import { expect, test } from 'vitest';

import type { StreamEvent } from '../../proto/stream-event.ts';
import type { WireFaultOf } from '../../proto/wire-fault.ts';
import { createEventFaults } from './event-faults.ts';

const message = (delta: string, isFinal = false): StreamEvent => ({
  event: 'message',
  data: { delta, isFinal },
});

const failure: StreamEvent = {
  event: 'error',
  data: { error: 'failed', code: 'GENERATION_ERROR', details: '' },
};

/** Returns what is written of the events, under a fault of the message from 5 to 10. */
function write(how: WireFaultOf<'event'>['how'], events: readonly StreamEvent[]): string {
  const fault = { fault: 'event', how, fromChar: 5, toChar: 10 } as const;
  const next = how === 'swapped' ? { nextToChar: 15 } : {};
  const prepared: StreamEvent[] = [];
  const { take } = createEventFaults([{ ...fault, ...next }], 0, {
    hasParts: false,
    prepare: (event) => void prepared.push(event),
  });
  const written = events.flatMap(take).map((step) => {
    if (step.do === 'cut') return 'cut';
    expect(prepared).toContain(step.event);
    const { data } = step.event;
    const text = 'delta' in data ? data.delta : step.event.event;
    return step.as === 'whole' ? text : `${step.as} ${text}`;
  });
  return written.join('|');
}

test.each([
  ['swapped', 'aaaaa|cCccc|bbBBB|dd|'],
  ['duplicated', 'aaaaa|bbBBB|bbBBB|cCccc|dd|'],
  ['missing', 'aaaaa|cCccc|dd|'],
  ['malformed', 'aaaaa|malformed bbBBB|cCccc|dd|'],
] as const)('%s strikes a message that a hold has split', (how, written) => {
  const texts = ['aaaaa', 'bb', 'BBB', 'c', 'Cccc', 'dd'];
  // Only a swap concerns the message after the struck one.
  const expected = how === 'swapped' ? written : written.replace('cCccc', 'c|Cccc');
  expect(write(how, [...texts.map((text) => message(text)), message('', true)])).toBe(expected);
});

test('a part of a struck message is written before the error that ends the stream', () => {
  expect(write('duplicated', [message('aaaaa'), message('bb'), failure])).toBe('aaaaa|bb|error');
});

test('a final message completes a struck one', () => {
  const texts = [message('aaaaa'), message('bb'), message('BBB', true)];
  expect(write('duplicated', texts)).toBe('aaaaa|bbBBB|bbBBB|');
});
