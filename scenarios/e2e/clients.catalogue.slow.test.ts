import { EventSource } from 'eventsource';
import { expect, test } from 'vitest';

import { faultNames } from '../../mock-agent/faults/index.ts';
import { nothingHeard, type Client } from './support/clients/client.ts';
import { eventSourceClient } from './support/clients/event-source.ts';
import { eventsourceClient } from './support/clients/eventsource-client.ts';
import { ownClient } from './support/clients/own-client.ts';
import { observeAll, type RunClient } from './support/observe-client.ts';
import { clientLimits } from './support/scaled-stack.ts';
import { findTrials } from './support/trials.ts';

const clients: Record<string, Client> = {
  eventsource: eventSourceClient(EventSource),
  'eventsource-client': eventsourceClient,
  'rehearsal-client': ownClient(clientLimits),
  'rehearsal-client-persistent': ownClient({ ...clientLimits, resume: 2, retry: 2 }),
};

test.each(Object.entries(clients))(
  '%s does with every failure what docs/clients.md says',
  // Once more where the machine stood still for seconds: no client can be told from a slow one then.
  { timeout: 180_000, retry: 1 },
  async (name, client) => {
    const run: RunClient = async (request, stop) => {
      const heard = nothingHeard();
      await client(request, heard, stop);
      return heard;
    };
    await expect(await observeAll(await findTrials(), run)).toMatchFileSnapshot(
      `support/clients-seen/${name}.json`,
    );
  },
);

test('clients are tried with every fault there is', async () => {
  const { catalogue, faults } = await findTrials();
  const ofCatalogue = catalogue.flatMap(({ scenario: { behaviour, cases } }) =>
    [behaviour, ...cases.map((each) => each.behaviour)].flatMap((each) =>
      each.faults.map(({ name }) => name),
    ),
  );
  const added = faults.flatMap(({ fault = '{}' }) => Object.keys(JSON.parse(fault) as object));
  expect(faultNames.filter((name) => ![...ofCatalogue, ...added].includes(name))).toEqual([]);
});
