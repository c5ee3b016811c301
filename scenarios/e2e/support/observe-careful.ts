import { acceptedOutcomes } from '../../clients/accepted-outcomes.ts';
import { findClientCases } from '../../clients/client-cases.ts';
import { observeClient, type RunClient } from '../../clients/observe-client.ts';
import { tableLimits } from './clients/client-limits.ts';
import { tableClients } from './clients/table-clients.ts';

const silent = 'silent-stall';

/** More at once on a busy machine would change what clients do. */
const maxAtOnce = 3;

/** The cases in which the additions of docs/clients.md matter, and some that they must leave alone. */
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

/** Returns what is wrong with each case, of a client with its additions; empty for nothing. */
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
      // None has an idle timeout: the limit of the server ends a silent stream.
      const accepted = [...acceptedOutcomes(each), ...(each.name === silent ? ['told late'] : [])];
      const isGood = accepted.includes(observation.outcome) && observation.retries !== 'for ever';
      if (!isGood) bad.push({ case: each.name, ...observation });
    }
  };
  await Promise.all(Array.from({ length: maxAtOnce }, takeCases));
  return bad;
}
