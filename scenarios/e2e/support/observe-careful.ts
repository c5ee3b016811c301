import { acceptedOutcomes } from '../../clients/accepted-outcomes.ts';
import { findClientCases } from '../../clients/client-cases.ts';
import { observeClient, type RunClient } from '../../clients/observe-client.ts';
import { tableLimits } from './clients/client-limits.ts';
import { tableClients } from './clients/table-clients.ts';

const silent = 'silent-stall';

/** Clients that run at the same time; more would change the results on a busy machine. */
const maxAtOnce = 3;

/** Cases that the additions of docs/clients.md change, and some that they must not change. */
const cases = [
  'healthy',
  'stall-and-resume',
  'cut-mid-sentence',
  'reset',
  'truncated',
  'missing-final',
  'error-after-text',
  'errors-refused',
  'rate-limited',
  'proxy-error',
  'fails-twice',
  silent,
];

/** Returns the problems of a client with its additions, case by case; empty if there are none. */
export async function badCellsOf(name: string, run: RunClient): Promise<object[]> {
  const { catalogue, faults } = await findClientCases();
  const dialect = tableClients.find((client) => client.name === name)?.dialect;
  const chosen = [...catalogue, ...faults].filter((each) => cases.includes(each.name));
  if (chosen.length !== cases.length) throw new Error('a case has another name now');
  const bad: object[] = [];
  const queue = chosen.values();
  const takeCases = async () => {
    for (const each of queue) {
      const observation = await observeClient(each, { dialect, run }, tableLimits);
      // No client has an idle timeout, so the server's limit ends a silent stream.
      const accepted = [...acceptedOutcomes(each), ...(each.name === silent ? ['told late'] : [])];
      const isGood = accepted.includes(observation.outcome) && observation.retries !== 'for ever';
      if (!isGood) bad.push({ case: each.name, ...observation });
    }
  };
  await Promise.all(Array.from({ length: maxAtOnce }, takeCases));
  return bad;
}
