import { pino } from 'pino';
import { expect, test } from 'vitest';

import { behaviourSchema } from '../../../mock-agent/plan/behaviour.ts';
import { casesSchema } from '../../../mock-agent/plan/cases.ts';
import { startMockAgent } from '../../../mock-agent/server.ts';
import { readCertificates } from '../../../proto/http2/tls-files.ts';
import { createAuthority } from '../../../proto/testing/authority.ts';
import { writeFiles } from '../../../proto/testing/write-files.ts';
import { extendedBy } from '../clause.ts';
import { checkAgentAt } from '../testing/check-agent-at.ts';
import { planted, startPlantedAgent } from '../testing/planted-agent.ts';
import { listAgentClauses } from './clauses/index.ts';

/**
 * With CHECK_DEFECTS=all every defect is planted, and each agent is checked by every clause
 * (`make test-defects`); otherwise those that take long are left out.
 */
const isWhole = process.env['CHECK_DEFECTS'] === 'all';

const takeLong = new Set(['B4', 'C5', 'D1-reading', 'D3-reading', 'E3']);

const ids = listAgentClauses()
  .map(({ id }) => id)
  .filter((id) => isWhole || !takeLong.has(id));

/** Writes an authority, and a certificate of it with its key. */
async function certificateFiles(): Promise<{ ca: string; cert: string; key: string }> {
  const authority = await createAuthority();
  return writeFiles({ ca: authority.ca, ...(await authority.issue()) });
}

async function checkPlanted(defect: string | undefined, chosen: (id: string) => boolean) {
  const agent = await startPlantedAgent(defect);
  try {
    return await checkAgentAt(agent.address, { ...planted, chosen });
  } finally {
    await agent.close();
  }
}

test('an agent without a defect keeps every clause', { timeout: 120_000 }, async () => {
  expect(await checkPlanted(undefined, () => true)).toEqual({ departed: [], notTestable: [] });
});

test.each([...ids, 'B4 frames'])(
  '%s: its planted defect is caught by this clause, and by no other',
  { timeout: 120_000 },
  async (defect) => {
    const [id = ''] = defect.split(' ');
    const beside = new Set([id, extendedBy({ id }), 'A5', 'B3', 'C1', 'C2', 'D1', 'E1', 'E2']);
    const { departed } = await checkPlanted(defect, (each) => isWhole || beside.has(each));
    expect(departed).toEqual([id]);
  },
);

test.each(['TCP', 'mutual TLS'])('our own agent keeps every clause, over %s', async (over) => {
  const text = 'The river kept its own hours.';
  const times = { firstToken: '40ms', interToken: '10ms' };
  const behaviour = { text: { generate: { chars: 300 } }, ...times };
  const { ca, cert, key } = await certificateFiles();
  const flags = { ca: '--client-ca', cert: '--tls-cert', key: '--tls-key' };
  const isTls = over === 'mutual TLS';
  const failing = { text: { given: text }, ...times, faults: [{ errorStatus: { at: 'end' } }] };
  const agent = await startMockAgent({
    scenarios: [
      {
        name: 'test',
        behaviour: behaviourSchema.parse(behaviour),
        cases: casesSchema.parse([{ when: { promptContains: 'fail' }, behaviour: failing }]),
        seed: 1,
      },
    ],
    seed: 1,
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
    certificates: isTls ? readCertificates({ ca, cert, key }, flags, () => {}) : undefined,
  });
  try {
    const failure = { failingPrompt: 'fail', failingText: text };
    const tls = isTls ? { agentCa: ca, agentCert: cert, agentKey: key } : {};
    expect(await checkAgentAt(agent.address, { ...failure, tls, chosen: () => true })).toEqual({
      departed: [],
      notTestable: [],
    });
  } finally {
    await agent.close();
  }
});
