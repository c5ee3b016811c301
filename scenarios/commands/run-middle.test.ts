import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { runInProcess } from '../e2e/support/run-in-process.ts';

const target = ['--target', 'http://127.0.0.1:1'];
const agent = ['--agent-port', '50051'];

test.each([
  [['fast', ...agent], '--agent-port: write --target URL, the gateway that calls our agent'],
  [['fast', ...target, '--agent-port', '0'], "only --start 'COMMAND' can pass on"],
  [['fast', ...target, '--start', 'node gateway.js'], '--start: write --agent-port 0 as well'],
  [['fast', ...target, '--host', '0.0.0.0'], '--host is for our agent; write --agent-port N'],
  [['fast', ...agent, '--target', 'gateway'], '"gateway" is not a URL with http or https'],
  [
    ['reset', ...target, ...agent],
    'reset has faults of the wire (resetConnection), which only our own gateway carries out',
  ],
  [
    ['fast', ...target, ...agent, '--dialect', 'openai-chat'],
    'the load of fast is in the format openai-chat',
  ],
  [
    ['fast', ...target, ...agent, '--shard', '1/2', '--start-at', '2030-01-01T00:00:00Z'],
    '--shard: the shards of a load have no agent in common',
  ],
])('run %j is refused', async (args, message) => {
  const out = join(tmpdir(), 'rehearsal-refused-middle');
  const { code, stdout, stderr } = await runInProcess('run', ...args, '--out', out);
  expect(stderr).toContain(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(existsSync(out)).toBe(false);
});
