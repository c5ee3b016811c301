import { expect, test } from 'vitest';

import { startCommand } from '../testing/command.ts';

async function announced(...scenarios: string[]): Promise<string> {
  const agent = startCommand(['agent', ...scenarios, '--agent-port', '0']);
  await agent.firstLine;
  agent.kill('SIGTERM');
  return (await agent.ended).stdout;
}

test('an agent says at its start which scenarios need a gateway that allows faults of the wire', async () => {
  expect(await announced('healthy', 'truncated', 'reset')).toContain(
    'note      faults of the wire in truncated, reset need a gateway that allows them: rehearsal gateway --wire-faults\n',
  );
  expect(await announced('healthy', 'errors')).not.toContain('note');
});
