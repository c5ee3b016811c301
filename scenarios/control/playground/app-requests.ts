import { generatePath } from '../../../proto/interface.ts';
import type { JournalEntry } from '../journal.ts';
import { seconds } from './outcome.ts';
import { page } from './page.ts';
import { armNext, fetchRequests, type Choice } from './server.ts';

/** How often the list is brought up to date while it is open, in milliseconds. */
const refreshMs = 1000;

/** How many requests the list shows. */
const shownRequests = 12;

export interface AppRequests {
  /** Requests of the playground itself are not those of the app. */
  own(key: string): void;
}

/**
 * Shows the requests of the app that is tried, and what it did with their streams. The next one can be given
 * the chosen failure.
 */
export function createAppRequests(choice: () => Choice): AppRequests {
  const ownKeys = new Set<string>();
  const addresses = [location.origin + generatePath, `${location.origin}/v1`];
  for (const [index, address] of addresses.entries()) {
    const code = document.createElement('code');
    code.textContent = address;
    page.addresses.append(...(index === 0 ? [] : [' or ']), code);
  }
  page.arm.addEventListener('click', () => void arm());
  page.app.addEventListener('toggle', () => void refresh());
  setInterval(() => void refresh(), refreshMs);

  async function arm(): Promise<void> {
    try {
      await armNext(choice());
      page.armed.textContent = 'The next request that comes gets it.';
    } catch (error) {
      page.armed.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  async function refresh(): Promise<void> {
    if (!page.app.open || document.hidden) return;
    const requests = await fetchRequests().catch(() => undefined);
    if (requests === undefined) {
      page.requests.textContent = 'Only a page on the machine of the server may see them.';
      return;
    }
    const others = requests.filter(({ key }) => key === null || !ownKeys.has(key));
    page.requests.replaceChildren(
      ...others.slice(-shownRequests).toReversed().map(row),
      ...(others.length === 0 ? ['No request has come yet.'] : []),
    );
  }

  return { own: (key) => ownKeys.add(key) };
}

function row(entry: JournalEntry): HTMLElement {
  const item = document.createElement('li');
  const time = new Date(entry.at).toLocaleTimeString();
  const prompt = entry.prompt === null ? '' : ` “${entry.prompt.slice(0, 60)}”`;
  const faults = entry.struckFaults?.length ? `, with ${entry.struckFaults.join(', ')}` : '';
  item.textContent = `${time} ${entry.path}${prompt}${faults}: ${whatItDid(entry)}`;
  return item;
}

/** Tells what became of a request, from the side of the app. */
function whatItDid({
  end,
  endedBy,
  chars,
  durationMs,
  status,
  retryAfterSec,
  lastEventId,
}: JournalEntry): string {
  const after = `after ${chars} characters and ${seconds(durationMs ?? 0)}`;
  const again = lastEventId === null ? '' : 'it came again for the rest, and ';
  if (end === null) return `${again}it is reading, ${chars} characters so far.`;
  if (endedBy === 'client') return `${again}your app left ${after}.`;
  if (end === 'final')
    return `${again}your app got the whole answer, ${chars} characters in ${seconds(durationMs ?? 0)}.`;
  if (end === 'cut') return `${again}the connection was cut ${after}.`;
  if (status !== null && status >= 400) {
    const wait =
      retryAfterSec === null ? '' : `, to come again in ${seconds(retryAfterSec * 1000)}`;
    return `${again}your app was refused with ${status} (${end})${wait}.`;
  }
  return `${again}your app got the error ${end} ${after}.`;
}
