import { expect, expectTypeOf, test } from 'vitest';

import { readGatewaySettings, type GatewaySettings } from './gateway-settings.ts';

test('settings become the options of the schema', () => {
  expect(
    readGatewaySettings(
      {
        pushInterval: '20ms',
        pingInterval: '1.5s',
        acceptWait: 0,
        buffer: 7,
        bodyLimit: '64KiB',
        promptLimit: 10,
        eventIds: false,
        frames: 'data',
        retry: '1s',
        auth: ['token'],
        defaultModel: 'm',
      },
      'startRehearsal',
    ),
  ).toEqual({
    pushIntervalMs: 20,
    pingIntervalMs: 1500,
    acceptWaitMs: 0,
    bufferChunks: 7,
    bodyLimitBytes: 65_536,
    promptLimitChars: 10,
    eventIds: false,
    frames: 'data',
    retryMs: 1000,
    auth: ['token'],
    defaultModel: 'm',
  });
});

test('every wrong setting is reported at once', () => {
  const wrong: object = {
    pingIntervall: '1s',
    pushInterval: 20,
    buffer: '7',
    eventIds: 'yes',
    bodyLimit: '1GB',
    port: 8080,
    closeGrace: undefined,
  };
  let message = '';
  try {
    readGatewaySettings(wrong, 'startRehearsal');
  } catch (error) {
    message = String(error);
  }
  expect(message.split('\n')).toEqual([
    'RehearsalError: startRehearsal: gateway.pingIntervall: there is no such option; did you mean "pingInterval"?',
    'startRehearsal: gateway.pushInterval: 20 is invalid. a duration is a number with the unit ms, s or m, such as 300ms, 2s or 1m.',
    'startRehearsal: gateway.buffer: "7" is invalid. Write a whole number from 1.',
    'startRehearsal: gateway.eventIds: "yes" is invalid. Allowed choices are true, false.',
    'startRehearsal: gateway.bodyLimit: "1GB" is invalid. a size is a number with the unit B, KiB or MiB, such as 64KiB or 1MiB.',
    'startRehearsal: gateway.port: there is no such option',
  ]);
});

test('the type has the names and notations of people', () => {
  expectTypeOf<GatewaySettings>().toHaveProperty('pingInterval');
  expectTypeOf<{ pingInterval: '1s' }>().toExtend<GatewaySettings>();
  expectTypeOf<{ pingInterval: 1000 }>().not.toExtend<GatewaySettings>();
  expectTypeOf<GatewaySettings>().not.toHaveProperty('pingIntervalMs');
  expectTypeOf<GatewaySettings>().not.toHaveProperty('port');
});
