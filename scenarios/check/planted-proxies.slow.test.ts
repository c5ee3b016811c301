import { expect, test } from 'vitest';

import { dialectNames, type DialectName } from '../../proto/dialects/dialect.ts';
import { dialectNamed } from '../../proto/dialects/index.ts';
import { startAgentBelow } from './agent-below.ts';
import { usualTrust } from '../load/target/trust.ts';
import { checkLlm, inDialect } from './llm/check-llm.ts';
import { llmClauses } from './llm/llm-clauses.ts';
import { listLlmProbes } from './llm/llm-probes.ts';
import { startProviderBelow } from './llm/provider-below.ts';
import { numbersSchema } from './numbers.ts';
import { startPlantedProxy } from './testing/planted-proxy.ts';

/** A provider whose gateway under test is started by `start`, which gets the provider's URL; returns what departs. */
async function check(
  name: DialectName,
  start: (upstream: string) => Promise<{ url: string; close(): Promise<void> }>,
): Promise<string[]> {
  const probes = listLlmProbes(true);
  const agent = await startAgentBelow(probes, { host: '127.0.0.1', port: 0 });
  const provider = await startProviderBelow(agent.address, { host: '127.0.0.1', port: 0 });
  const under = await start(provider.url);
  try {
    const { path } = dialectNamed(name);
    const results = await checkLlm({
      gateway: inDialect({ url: new URL(path, under.url), headers: {}, trust: usualTrust }, name),
      agent,
      dialect: name,
      probes,
      hasProvider: true,
      numbers: numbersSchema.parse({}),
      chosen: () => true,
      signal: AbortSignal.timeout(120_000),
    });
    return results
      .filter(({ judgement }) => judgement?.is === 'departed')
      .map(({ clause }) => clause.id);
  } finally {
    await under.close();
    await provider.close();
    await agent.close();
  }
}

const nobody = async () => {};

test.concurrent.each(dialectNames)(
  '%s: our own gateway keeps every clause',
  { timeout: 120_000 },
  async (name) => {
    expect(await check(name, async (url) => ({ url, close: nobody }))).toEqual([]);
  },
);

test.concurrent('a proxy without a defect keeps every clause', { timeout: 120_000 }, async () => {
  expect(await check('openai-chat', (url) => startPlantedProxy(url))).toEqual([]);
});

/** With CHECK_DEFECTS=all every defect is planted (`make test-defects`); otherwise those that take long are left out. */
const isWhole = process.env['CHECK_DEFECTS'] === 'all';

const takeLong = new Set(['L2', 'L9', 'L11']);

const ids = llmClauses(dialectNamed('openai-chat').dialect, true)
  .map(({ id }) => id)
  .filter((id) => isWhole || !takeLong.has(id));

test.concurrent.each(ids)(
  '%s: its planted defect is caught by this clause, and by no other',
  { timeout: 120_000 },
  async (id) => {
    expect(await check('openai-chat', (url) => startPlantedProxy(url, id))).toEqual([id]);
  },
);
