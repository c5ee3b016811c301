import { EventSource } from 'eventsource';
import { expect, test } from 'vitest';

import { faultNames } from '../../mock-agent/faults/all-faults.ts';
import { initialState, type Client } from './support/clients/client.ts';
import { eventSourceClient } from './support/clients/event-source.ts';
import { eventsourceClient } from './support/clients/eventsource-client.ts';
import { ownClient } from './support/clients/own-client.ts';
import { observeAll, type RunClient } from './support/observe-client.ts';
import { clientLimits } from './support/scaled-stack.ts';
import { findClientCases } from './support/client-cases.ts';

const clients: Record<string, Client> = {
  eventsource: eventSourceClient(EventSource),
  'eventsource-client': eventsourceClient,
  'rehearsal-client': ownClient(clientLimits),
  'rehearsal-client-persistent': ownClient({ ...clientLimits, resume: 2, retry: 2 }),
};

test.each(Object.entries(clients))(
  '%s handles every failure as docs/clients.md says',
  // One retry, for a machine that stalled for seconds.
  { timeout: 180_000, retry: 1 },
  async (name, client) => {
    const run: RunClient = async (request, stop) => {
      const state = initialState();
      await client(request, state, stop);
      return state;
    };
    await expect(await observeAll(await findClientCases(), run)).toMatchFileSnapshot(
      `support/client-observations/${name}.json`,
    );
  },
);

test('the cases cover every fault', async () => {
  const { catalogue, faults } = await findClientCases();
  const ofCatalogue = catalogue.flatMap(({ scenario: { behaviour, cases } }) =>
    [behaviour, ...cases.map((each) => each.behaviour)].flatMap((each) =>
      each.faults.map(({ name }) => name),
    ),
  );
  const added = faults.flatMap(({ fault = '{}' }) => Object.keys(JSON.parse(fault) as object));
  expect(faultNames.filter((name) => ![...ofCatalogue, ...added].includes(name))).toEqual([]);
});
