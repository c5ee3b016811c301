import { expect, test } from 'vitest';

import { faultNames } from '../../mock-agent/faults/all-faults.ts';
import { findClientCases } from '../clients/client-cases.ts';
import { specifiedClients } from './support/clients/specified-clients.ts';
import { sdkClients } from './support/clients/sdk-clients.ts';
import { tableClients } from './support/clients/table-clients.ts';
import { observedFile, runInNode } from './support/observe-all.ts';

test.concurrent.for(Object.entries(specifiedClients))(
  '%s handles every failure as docs/clients.md says',
  // One retry, for a machine that stalled for seconds.
  { timeout: 600_000, retry: 1 },
  async ([name, client], { expect }) => {
    await expect(await observedFile(name, runInNode(client))).toMatchFileSnapshot(
      `support/client-observations/${name}.json`,
    );
  },
);

test('the cases cover every fault', async () => {
  const { catalogue, faults } = await findClientCases();
  // To a client, a stream on hold is a silent one.
  const struck = new Set([
    'hold',
    ...[...catalogue, ...faults].flatMap(({ scenario: { behaviour, cases } }) =>
      [behaviour, ...cases.map((each) => each.behaviour)].flatMap((each) =>
        each.faults.map(({ name }) => name),
      ),
    ),
  ]);
  expect(faultNames.filter((name) => !struck.has(name))).toEqual([]);
});

test('every client of the table is tried', () => {
  const inNode = tableClients.filter(({ isInPage = false }) => !isInPage);
  expect([...Object.keys(specifiedClients), ...Object.keys(sdkClients)].toSorted()).toEqual(
    inNode.map(({ name }) => name).toSorted(),
  );
});
