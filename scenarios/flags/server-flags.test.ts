import { Command } from 'commander';
import { describe, expect, test } from 'vitest';

import { gatewayOptionsSchema } from '../../gateway/options.ts';
import { agentStartSchema, gatewayStartSchema } from '../processes/start-message.ts';
import { optionFacts } from './option-facts.ts';
import { printOptions } from './print-options.ts';
import { addServerFlags, readServerOptions, type ServerCommand } from './server-flags.ts';

function parse(name: ServerCommand, args: readonly string[] = [], environment = {}) {
  const command = addServerFlags(new Command(), name)
    .exitOverride()
    .configureOutput({ writeErr() {} });
  return readServerOptions(
    command.parse([...args], { from: 'user' }).opts<object>(),
    name,
    environment,
  );
}

const standard = {
  agent: agentStartSchema.parse({ scenarios: ['healthy'] }),
  gateway: gatewayStartSchema.parse({}),
};

test('without flags every option has the default of its schema', () => {
  for (const name of ['serve', 'agent', 'gateway'] as const) {
    const { agent, gateway } = parse(name);
    expect(standard.agent).toMatchObject(agent);
    expect(standard.gateway).toMatchObject(gateway);
  }
});

test('each flag sets the option of its row, in the unit of the schema', () => {
  const { agent, gateway } = parse('serve', [
    '--port=0',
    '--agent-port=1',
    '--host=::1',
    '--seed=-7',
    '--no-watch',
    '--log-level=warn',
    '--drain=2m',
    '--default-model=m',
    '--push-interval=20ms',
    '--buffer=7',
    '--ping-interval=1.5s',
    '--stream-limit=5s',
    '--hold-limit=5m',
    '--accept-wait=0',
    '--fault-wait=2s',
    '--max-streams=9',
    '--body-limit=64KiB',
    '--prompt-limit=10',
    '--request-limit=4s',
    '--unread-limit=3s',
    '--bare',
    '--frames=data',
    '--retry=1.5s',
    '--close-grace=1s',
    '--auth=any',
  ]);
  expect(agent).toEqual({
    ...parse('serve').agent,
    port: 1,
    host: '::1',
    seed: -7,
    watch: false,
    logLevel: 'warn',
    drainMs: 120_000,
  });
  expect(gateway).toEqual({
    auth: 'any',
    port: 0,
    host: '::1',
    defaultModel: 'm',
    pushIntervalMs: 20,
    bufferChunks: 7,
    pingIntervalMs: 1500,
    streamLimitMs: 5000,
    holdLimitMs: 300_000,
    acceptWaitMs: 0,
    faultWaitMs: 2000,
    maxStreams: 9,
    bodyLimitBytes: 65_536,
    promptLimitChars: 10,
    requestLimitMs: 4000,
    unreadLimitMs: 3000,
    eventIds: false,
    frames: 'data',
    retryMs: 1500,
    closeGraceMs: 1000,
    logLevel: 'warn',
    drainMs: 120_000,
  });
});

test('flags of gateway and agent alone', () => {
  const args =
    '--agent a:1 --agent b:2 --wire-faults --workers 2 --no-event-ids ' +
    '--proto x.proto --service a.B --fields prompt=input.text';
  const { gateway } = parse('gateway', args.split(' '));
  expect(gateway).toMatchObject({
    agentAddress: ['a:1', 'b:2'],
    wireFaults: true,
    workers: 2,
    eventIds: false,
    agentProto: { file: 'x.proto', service: 'a.B', fields: { prompt: 'input.text' } },
  });
  expect(parse('agent', ['--metrics=0', '--connection-age=1s']).agent).toMatchObject({
    metricsPort: 0,
    connectionAgeMs: 1000,
  });
});

test('flags of the connection to an agent, whose metadata is never printed', () => {
  const args =
    '--agent-tls --agent-ca ca.pem --agent-cert c.pem --agent-key k.pem ' +
    '--agent-authority agent.example --agent-metadata authorization=env:AUTH a=b';
  const { gateway, inForce } = parse('gateway', args.split(' '), { AUTH: 'Bearer s3cret' });
  expect(gateway).toMatchObject({
    agentTls: true,
    agentCa: 'ca.pem',
    agentCert: 'c.pem',
    agentKey: 'k.pem',
    agentAuthority: 'agent.example',
    agentMetadata: [
      { name: 'authorization', value: 'Bearer s3cret' },
      { name: 'a', value: 'b' },
    ],
  });
  expect(printOptions(inForce)).toMatch(
    /^agent-metadata +authorization=\*\*\* a=\*\*\* +--agent-metadata$/m,
  );
  expect(() => parse('gateway', ['--agent-metadata', 'A=s3cret'])).toThrow(
    '--agent-metadata: "A=***" is invalid.',
  );
});

test('every option of the gateway is settable, but for two that processes set', () => {
  const settable = new Set(optionFacts.map(({ gateway }) => gateway));
  const internal = Object.keys(gatewayOptionsSchema.shape).filter((key) => !settable.has(key));
  expect(internal).toEqual(['acceptsPerTurn', 'version']);
});

test('no two options of a command have the same flag or variable', () => {
  for (const name of ['serve', 'agent', 'gateway'] as const) {
    const names = parse(name).inForce.map(({ facts }) => facts.variable);
    expect(names).toEqual([...new Set(names)]);
  }
});

describe('an environment variable', () => {
  const environment = {
    REHEARSAL_PUSH_INTERVAL: '20ms',
    REHEARSAL_BUFFER: '7',
    REHEARSAL_EVENT_IDS: 'false',
    REHEARSAL_WIRE_FAULTS: 'true',
    REHEARSAL_AGENT: 'a:1  b:2',
    REHEARSAL_LOG_LEVEL: 'warn',
  };

  test('sets its option where no flag does', () => {
    expect(parse('gateway', ['--buffer', '8'], environment).gateway).toMatchObject({
      pushIntervalMs: 20,
      bufferChunks: 8,
      eventIds: false,
      wireFaults: true,
      agentAddress: ['a:1', 'b:2'],
      logLevel: 'warn',
    });
    expect(parse('gateway', [], { REHEARSAL_WIRE_FAULTS: 'false' }).gateway).toMatchObject({
      wireFaults: false,
    });
  });

  test('is listed with its value by --print-options', () => {
    const { inForce } = parse('gateway', ['--buffer', '8', '--bare'], {
      ...environment,
      REHEARSAL_EVENT_IDS: 'true',
      REHEARSAL_TOKENS: 'secret',
    });
    const lines = printOptions(inForce).split('\n');
    const rows = lines.map((line) => line.split(/ {2,}/));
    expect(rows).toEqual(
      expect.arrayContaining([
        ['agent', 'a:1 b:2', 'REHEARSAL_AGENT'],
        ['auth', 'listed', 'REHEARSAL_TOKENS'],
        ['push-interval', '20ms', 'REHEARSAL_PUSH_INTERVAL'],
        ['buffer', '8', '--buffer'],
        ['ping-interval', '15s', 'default'],
        ['body-limit', '1MiB', 'default'],
        ['event-ids', 'false', '--no-event-ids'],
        ['retry', '-', 'default'],
      ]),
    );
    expect(lines.join()).not.toContain('secret');
  });

  test('of a Kubernetes Service named rehearsal sets nothing', () => {
    const port = { REHEARSAL_PORT: 'tcp://10.0.0.1:8080' };
    expect(parse('gateway', [], port).gateway.port).toBe(8080);
    expect(() => parse('gateway', [], { REHEARSAL_PORT: 'x' })).toThrow('REHEARSAL_PORT: "x"');
  });
});

test('all wrong flags and variables are reported at once', () => {
  const read = () =>
    parse('gateway', ['--buffer', '0', '--agent', 'http://me:pw@h'], {
      REHEARSAL_PING_INTERVAL: '5',
      REHEARSAL_EVENT_IDS: 'no',
      REHEARSAL_AUTH: 'listed',
      REHEARSAL_FIELDS: 'prompt=a',
    });
  let message = '';
  try {
    read();
  } catch (error) {
    message = String(error);
  }
  expect(message.split('\n')).toEqual([
    'RehearsalError: --agent: "http://***@h" is invalid. It has a scheme that gRPC does not dial; write h:50051, and --agent-tls for TLS.',
    'rehearsal: --buffer: "0" is invalid. Write a whole number from 1.',
    'rehearsal: REHEARSAL_PING_INTERVAL: "5" is invalid. a duration is a number with the unit ms, s or m, such as 300ms, 2s or 1m.',
    'rehearsal: REHEARSAL_EVENT_IDS: "no" is invalid. Allowed choices are true, false.',
    'rehearsal: a different interface needs both --proto FILE and --service package.Service',
    'rehearsal: REHEARSAL_TOKENS: lists no token; set it, or choose --auth off',
  ]);
});

describe('a value that the schema does not allow is an error before anything starts', () => {
  test.each([
    [['--port', '65536'], 'Write a whole number from 0 to 65535.'],
    [['--max-streams', '1.5'], 'Write a whole number from 1.'],
    [['--seed', '9007199254740993'], 'Write a whole number.'],
    [['--host', ''], 'Write at least one character.'],
    [['--log-level', 'loud'], 'Allowed choices are silent, error, warn, info, debug.'],
    [['--retry', '5'], 'a duration is a number with the unit ms, s or m, such as 300ms, 2s or 1m.'],
    [['--retry', '40000m'], 'a duration is at most 24 days.'],
  ])('%j', (args, message) => {
    expect(() => parse('serve', args)).toThrow(message);
  });
});
