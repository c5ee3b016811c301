import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { findClientCases, neverClosed, type ClientCases } from '../../clients/client-cases.ts';
import { observationSchema, type Observation } from '../../clients/observation.ts';
import { observeClient, type RunClient } from '../../clients/observe-client.ts';
import { endOf, runClient, type Client } from './clients/client.ts';
import { patientLimits, tableLimits } from './clients/client-limits.ts';
import { tableClients } from './clients/table-clients.ts';

/** Clients that run at the same time. They mostly wait, but more on a busy machine would change the results. */
const maxAtOnce = 3;

/** Cases in which clients differ and which end by themselves within seconds. */
const mainCases = new Set([
  'healthy',
  'cut-mid-sentence',
  'error-after-text',
  'errors-refused',
  'garbled-event',
  'rate-limited',
  'reset',
  'tool-calls',
  'truncated',
  'error-field',
  'missing-final',
  'duplicated-event',
  'no-finish-reason',
]);

/**
 * Runs a client in every case, some at a time, each on its own agent and gateway.
 * @returns JSON: kind → name of the case → observation
 */
async function observeAll(name: string, cases: ClientCases, run: RunClient): Promise<string> {
  const client = tableClients.find((each) => each.name === name);
  if (client === undefined) throw new Error(`the table has no client ${name}`);
  const { dialect, isPatient = false } = client;
  const limits = isPatient ? patientLimits : tableLimits;
  // Nothing closes a client of a provider's format.
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
  // Sorted like the cases, not by completion.
  const byKind = entries.map(([kind, list]) => [
    kind,
    Object.fromEntries(list.map(({ name }) => [name, observations[name]])),
  ]);
  return `${JSON.stringify(Object.fromEntries(byKind), null, 2)}\n`;
}

/**
 * Runs a client in the main cases, or in all of them with `CLIENT_CASES=all` (`make test-clients`).
 * @returns its JSON file, from which docs/clients.md is generated, with what was observed in the cases that ran
 */
export async function observedFile(name: string, run: RunClient): Promise<string> {
  const all = await findClientCases();
  if (process.env['CLIENT_CASES'] === 'all') return observeAll(name, all, run);
  const observed = readObservations(
    await observeAll(
      name,
      { catalogue: all.catalogue.filter(isMain), faults: all.faults.filter(isMain) },
      run,
    ),
  );
  const file = new URL(`client-observations/${name}.json`, import.meta.url);
  const merged = Object.entries(readObservations(await readFile(file, 'utf8'))).map(
    ([kind, recorded]) => [kind, { ...recorded, ...observed[kind] }],
  );
  return `${JSON.stringify(Object.fromEntries(merged), null, 2)}\n`;
}

/** Runs a client in this process, as `observeAll` requires. */
export const runInNode =
  (client: Client): RunClient =>
  async (request, stop) =>
    endOf(await runClient(client, request, stop));

const observationsSchema = z.record(z.string(), z.record(z.string(), observationSchema));

const readObservations = (json: string) => observationsSchema.parse(JSON.parse(json));

const isMain = ({ name }: ClientCases['faults'][number]) => mainCases.has(name);
