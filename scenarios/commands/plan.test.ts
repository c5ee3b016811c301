import { expect, test } from 'vitest';

import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';
import type { PlannedAnswer } from '../expect/answer-in-dialect.ts';

const args = ['plan', 'tool-calls', '--prompt', 'hello', '--key', 'k', '--dialect'];

test('plan --dialect prints the events of the format at their planned times', async () => {
  const { code, stdout } = await runInProcess(...args, 'anthropic-messages');
  const headEnd = stdout.indexOf('\n\n');
  const head = stdout.slice(0, headEnd);
  const events = stdout.slice(headEnd).trim().split('\n\n');
  expect(code).toBe(0);
  expect(head).toContain('\ndialect   anthropic-messages\n');
  expect(head).toContain('\nfinish    tool-calls\n');
  expect(events[0]).toMatch(/^: \d+ ms\nevent: message_start\ndata: \{/);
  expect(events.at(-1)).toBe('event: message_stop\ndata: {"type":"message_stop"}');
});

test('plan --dialect --json has the answer beside the plan', async () => {
  const { stdout } = await runInProcess(...args, 'openai-chat', '--json');
  const { chunks, end, answer } = JSON.parse(stdout) as StreamPlan & { answer: PlannedAnswer };
  expect(answer.status).toBe(200);
  expect(answer.body).toHaveLength(chunks.length);
  const { atMs, text = '' } = answer.body.at(-1) ?? {};
  expect(atMs).toBe(end.atMs);
  expect(text).toMatch(/\n\ndata: \[DONE\]\n\n$/);
});

test('plan --fault shows the error of the format', async () => {
  const { stdout } = await runInProcess(
    ...args,
    'anthropic-messages',
    '--fault',
    '{"httpStatus": {"status": 529}}',
  );
  expect(stdout).toContain('"type":"overloaded_error"');
  expect(stdout).toMatch(/\nclient {4}529 rejected/);
});

test('a name that is no dialect is refused with those that there are', async () => {
  expect(await runInProcess(...args, 'openai')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Allowed choices are openai-chat'),
  });
});
