import { expect, test } from 'vitest';

import { unknownVariables } from './unknown-variables.ts';

test('a variable that sets nothing is named with the nearest one', () => {
  expect(
    unknownVariables({
      REHEARSAL_PING_INTERVALL: '1s',
      REHEARSAL_COLOUR: 'red',
      REHEARSAL_PING_INTERVAL: '1s',
      REHEARSAL_AGENT_PORT: '0',
      REHEARSAL_TOKEN: 'x',
      PING_INTERVAL: '1s',
    }),
  ).toEqual([
    'the environment variable REHEARSAL_PING_INTERVALL sets nothing; did you mean "REHEARSAL_PING_INTERVAL"?',
    'the environment variable REHEARSAL_COLOUR sets nothing; docs/options.md lists all',
  ]);
});

test('the variables of Kubernetes Services are no mistakes', () => {
  expect(
    unknownVariables({
      REHEARSAL_GATEWAY_SERVICE_HOST: '10.0.0.1',
      REHEARSAL_GATEWAY_SERVICE_PORT: '8080',
      REHEARSAL_GATEWAY_SERVICE_PORT_HTTP: '8080',
      REHEARSAL_GATEWAY_PORT: 'tcp://10.0.0.1:8080',
      REHEARSAL_GATEWAY_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      REHEARSAL_GATEWAY_PORT_8080_TCP_ADDR: '10.0.0.1',
    }),
  ).toEqual([]);
});
