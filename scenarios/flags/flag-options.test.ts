import { Command } from 'commander';
import { describe, expect, test } from 'vitest';

import { agentStartSchema, gatewayStartSchema } from '../processes/start-message.ts';
import { addServerFlags, readServerFlags } from './flag-options.ts';
import { serverFlags } from './server-flags.ts';

type Server = 'agent' | 'gateway';

function parse(name: Server | 'serve', args: readonly string[] = []): object {
  const command = addServerFlags(new Command(), name)
    .exitOverride()
    .configureOutput({ writeErr() {} });
  return command.parse([...args], { from: 'user' }).opts<object>();
}

const standard = {
  agent: agentStartSchema.parse({ scenarios: ['healthy'] }),
  gateway: gatewayStartSchema.parse({}),
};

test('without flags every option has the default of its schema', () => {
  for (const name of ['serve', 'agent', 'gateway'] as const) {
    for (const server of ['agent', 'gateway'] as const) {
      if (name !== 'serve' && name !== server) continue;
      const options =
        server === 'agent'
          ? readServerFlags(parse(name), server)
          : readServerFlags(parse(name), 'gateway');
      expect(standard[server]).toMatchObject(options);
    }
  }
});

test('each flag sets the option of its row, in the unit of the schema', () => {
  const flags = parse('serve', [
    '--port=0',
    '--agent-port=1',
    '--host=::1',
    '--seed=-7',
    '--no-watch',
    '--max-streams=9',
    '--log-level=warn',
    '--bare',
    '--retry=1.5s',
    '--drain=2m',
    '--hold-limit=5m',
  ]);
  expect(readServerFlags(flags, 'agent')).toEqual({
    port: 1,
    host: '::1',
    seed: -7,
    watch: false,
    logLevel: 'warn',
    drainMs: 120_000,
  });
  expect(readServerFlags(flags, 'gateway')).toEqual({
    port: 0,
    host: '::1',
    maxStreams: 9,
    logLevel: 'warn',
    eventIds: false,
    retryMs: 1500,
    drainMs: 120_000,
    holdLimitMs: 300_000,
  });
  expect(readServerFlags(parse('agent', ['--drain', '0']), 'agent')).toMatchObject({ drainMs: 0 });
  expect(readServerFlags(parse('gateway', ['--wire-faults']), 'gateway')).toMatchObject({
    wireFaults: true,
  });
  expect(
    readServerFlags(parse('gateway', ['--agent', 'a:1', '--agent', 'b:2']), 'gateway'),
  ).toMatchObject({
    agentAddress: ['a:1', 'b:2'],
  });
});

test('every flag sets an option that the schema knows', () => {
  for (const { flag, agent, gateway } of serverFlags) {
    const keys = [
      ...(agent === undefined ? [] : [agent in agentStartSchema.shape]),
      ...(gateway === undefined ? [] : [gateway in gatewayStartSchema.shape]),
    ];
    expect({ flag, keys: [...new Set(keys)] }).toEqual({ flag, keys: [true] });
  }
});

describe('a value that the schema does not allow is told before anything starts', () => {
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
