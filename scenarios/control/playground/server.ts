import type { StreamPlan } from '../../../mock-agent/plan/plan.ts';
import { controlPath } from '../control-path.ts';
import type { JournalEntry } from '../journal.ts';
import type { Listing } from '../playground-routes.ts';
import type { GenerationRequest } from './request.ts';

/** What this server offers; it needs no access to the control interface. */
export const fetchListing = () => read<Listing>('playground.json');

/** What can be done to an open stream. */
export type HoldAction = 'hold' | 'step' | 'release';

/** An open stream of the server. */
interface OpenStream {
  id: string;
  key: string | null;
  isHeld: boolean;
}

/** What the server will do, as far as that can be known. */
export interface Plan {
  /** When the agent sends each chunk that a client is shown, in milliseconds after the request. */
  chunksMs: number[];
  /** The names of the faults that strike. */
  faults: readonly string[];
}

/**
 * Returns the plan of a request; undefined where this page may not use the control interface.
 * @param showsParts whether the format shows reasoning and tool calls as well
 */
export async function planOf(
  { query, body }: GenerationRequest,
  showsParts: boolean,
  signal: AbortSignal,
): Promise<Plan | undefined> {
  const { speed, fault = '', ...others } = Object.fromEntries(query);
  // The plan of a held stream ends at the hold; what comes after it is that of a stream without.
  const isHold = /^(?:hold$|\{"hold")/.test(fault);
  const fields = isHold || fault === '' ? others : { ...others, fault };
  const plan = await readControl<StreamPlan>(
    `plan?${new URLSearchParams({ ...fields, ...body })}`,
    signal,
  );
  if (plan === undefined) return undefined;
  const factor = slowdown(plan.speed, speed);
  const chunksMs = plan.chunks
    .filter(({ delta, parts }) => delta !== '' || (showsParts && parts !== undefined))
    .map(({ atMs }) => atMs * factor);
  return { chunksMs, faults: isHold ? [...plan.faults, 'hold'] : plan.faults };
}

/** A plan has the times of the scenario's own speed; the request may choose another. */
function slowdown(planned: StreamPlan['speed'], requested: string | undefined): number {
  if (requested === undefined) return 1;
  if (requested === 'instant') return 0;
  return (planned === 'instant' ? 1 : planned) / Number(requested);
}

/** Returns the open stream of a key; undefined if there is none, or none may be held. */
export async function findStream(key: string): Promise<OpenStream | undefined> {
  const answer = await readControl<{ streams: OpenStream[] }>('streams');
  return answer?.streams.findLast((stream) => stream.key === key);
}

/** @throws Error with the words of the server */
export async function actOn(id: string, action: HoldAction): Promise<void> {
  await post(`streams/${encodeURIComponent(id)}/${action}`, {});
}

/** What the next request of an app gets. */
export interface Choice {
  scenario: string;
  /** Empty for none. */
  fault: string;
}

/** @throws Error with the words of the server */
export async function armNext({ scenario, fault }: Choice): Promise<void> {
  await post('next', { scenario, ...(fault === '' ? {} : { fault }) });
}

function post(resource: string, body: object): Promise<unknown> {
  return read(`${controlPath}/${resource}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Returns the requests of all clients; undefined where this page may not see them. */
export async function fetchRequests(): Promise<JournalEntry[] | undefined> {
  return (await readControl<{ requests: JournalEntry[] }>('requests'))?.requests;
}

/** As `read`; undefined where this page may not use the control interface, as from another host. */
async function readControl<T>(resource: string, signal?: AbortSignal): Promise<T | undefined> {
  const response = await fetch(`${controlPath}/${resource}`, { signal: signal ?? null });
  if (response.status !== 403) return bodyOf<T>(response);
  // An unread body would keep the connection.
  await response.text();
  return undefined;
}

async function read<T>(path: string, init: RequestInit = {}): Promise<T> {
  return bodyOf<T>(await fetch(path, init));
}

/** @throws Error with the words of the server */
async function bodyOf<T>(response: Response): Promise<T> {
  const body: T & { error?: string } = await response.json();
  if (!response.ok) throw new Error(body.error ?? `HTTP ${response.status}`);
  return body;
}
