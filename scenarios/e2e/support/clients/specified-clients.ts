import { EventSource } from 'eventsource';

import type { Client } from './client.ts';
import { clientLimits } from './client-limits.ts';
import { eventSourceClient } from './event-source.ts';
import { eventsourceClient } from './eventsource-client.ts';
import { ownClient } from './own-client.ts';

/** Name in the table → client of the specified format that runs in Node. */
export const specifiedClients: Readonly<Record<string, Client>> = {
  eventsource: eventSourceClient(EventSource),
  'eventsource-client': eventsourceClient,
  'rehearsal-client': ownClient(clientLimits),
  'rehearsal-client-persistent': ownClient({ ...clientLimits, resume: 2, retry: 2 }),
};
