import { findClientCases, neverClosed, type ClientCases } from '../../clients/client-cases.ts';
import type { Observation } from '../../clients/observation.ts';
import { observeClient, type RunClient } from '../../clients/observe-client.ts';
import { endOf, runClient, type Client } from './clients/client.ts';
import { patientLimits, tableLimits } from './clients/client-limits.ts';
import { tableClients } from './clients/table-clients.ts';

/** Clients mostly wait, but more at once on a busy machine would change what they do. */
const maxAtOnce = 3;

/**
 * Runs a client in every case, some at a time, each on its own agent and gateway.
 * @returns the JSON file from which docs/clients.md is generated: kind → name of the case → observation
 */
export async function observeAll(
  name: string,
  cases: ClientCases,
  run: RunClient,
): Promise<string> {
  const client = tableClients.find((each) => each.name === name);
  if (client === undefined) throw new Error(`the table has no client ${name}`);
  const { dialect, isPatient = false } = client;
  const limits = isPatient ? patientLimits : tableLimits;
  // A client of a provider's format is closed by nobody.
  const entries = Object.entries(cases).map(
    ([kind, list]) =>
      [kind, list.filter((each) => dialect === undefined || each.name !== neverClosed)] as const,
  );
  const observations: Record<string, Observation> = {};
  const queue = entries.flatMap(([, list]) => list).values();
  const takeCases = async () => {
    for (const each of queue) {
      observations[each.name] = await observeClient(each, { dialect, run }, limits);
    }
  };
  await Promise.all(Array.from({ length: maxAtOnce }, takeCases));
  // In the order of the cases, not of their ends.
  const byKind = entries.map(([kind, list]) => [
    kind,
    Object.fromEntries(list.map(({ name }) => [name, observations[name]])),
  ]);
  return `${JSON.stringify(Object.fromEntries(byKind), null, 2)}\n`;
}

/** Runs a client of this process in every case. */
export async function observeInNode(name: string, client: Client): Promise<string> {
  return observeAll(name, await findClientCases(), async (request, stop) =>
    endOf(await runClient(client, request, stop)),
  );
}
