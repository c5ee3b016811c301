import { Metadata } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import type { ErrorCode } from '../../proto/error-codes.ts';
import { createEventIds } from './event-ids.ts';

function describedBy(values: Record<string, string>): { metadata: Metadata } {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(values)) metadata.set(name, value);
  return { metadata };
}

const undescribed = describedBy({});
const described = describedBy({ 'x-rehearsal-key': 'k' });

const errorEvent = (code: ErrorCode) =>
  ({ event: 'error', data: { error: 'x', code, details: 'x' } }) as const;

test.each([
  ['AGENT_UNAVAILABLE', false, undefined],
  ['AGENT_UNAVAILABLE', true, '0~end~'],
  ['SHUTTING_DOWN', false, undefined],
  ['SHUTTING_DOWN', true, undefined],
  ['RATE_LIMITED', false, '0~end~'],
  ['GENERATION_ERROR', false, '0~end~'],
] as const)(
  'the id of %s before the agent has described its stream, for a client with an id: %s',
  (code, isReconnect, id) => {
    const idOf = createEventIds(undescribed, { isReconnect, position: 0 });
    expect(idOf(errorEvent(code), 0)).toBe(id);
  },
);

test('an agent that goes away after some text leaves an id to resume from, unless there was no progress', () => {
  const first = createEventIds(described, { isReconnect: false, position: 0 });
  expect(first(errorEvent('AGENT_UNAVAILABLE'), 5)).toBe('5~key=k');
  const further = createEventIds(described, { isReconnect: true, position: 5 });
  expect(further(errorEvent('AGENT_UNAVAILABLE'), 7)).toBe('7~key=k');
  const stuck = createEventIds(described, { isReconnect: true, position: 7 });
  expect(stuck(errorEvent('AGENT_UNAVAILABLE'), 7)).toBe('7~end~key=k');
});
