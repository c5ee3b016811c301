import { EventSource } from 'eventsource';
import { expect, test } from 'vitest';

import { faultNames } from '../mock-agent/faults/index.ts';
import { nothingHeard, type Client } from './testing/clients/client.ts';
import { eventSourceClient } from './testing/clients/event-source.ts';
import { eventsourceClient } from './testing/clients/eventsource-client.ts';
import { ownClient } from './testing/clients/own-client.ts';
import { observeAll, type RunClient } from './testing/observe-client.ts';
import { findTrials } from './testing/trials.ts';

/** As often as the streams are faster, the limits are shorter. */
const limits = { firstChunkTimeoutMs: 3500, idleTimeoutMs: 2000 };

const clients: Record<string, Client> = {
  eventsource: eventSourceClient(EventSource),
  'eventsource-client': eventsourceClient,
  'rehearsal-client': ownClient(limits),
  'rehearsal-client-persistent': ownClient({ ...limits, resume: 2, retry: 2 }),
};

test.each(Object.entries(clients))(
  '%s does with every failure what docs/clients.md says',
  async (name, client) => {
    const run: RunClient = async (request, stop) => {
      const heard = nothingHeard();
      await client(request, heard, stop);
      return heard;
    };
    await expect(await observeAll(await findTrials(), run)).toMatchFileSnapshot(
      `testing/clients-seen/${name}.json`,
    );
  },
  180_000,
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
