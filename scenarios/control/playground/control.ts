import type { StreamPlan } from '../../../mock-agent/plan/plan.ts';
import { controlPath } from '../control-path.ts';
import type { GenerationRequest } from './transports.ts';

export interface ListedScenario {
  name: string;
  description: string;
  /** Whether it answers requests that name none. */
  current: boolean;
}

export interface ListedFault {
  name: string;
  of: 'agent' | 'wire';
  clientSees: string;
  /** Values of `fault` in a query: a name, or an entry of a scenario's `faults`. */
  examples: (string | Record<string, unknown>)[];
}

/** What the control interface of this server returns; rejects with its message. */
export const listScenarios = () => ask<ListedScenario[]>('scenarios');
export const listFaults = () => ask<ListedFault[]>('faults');

/** Returns when the plan has the agent send each chunk with text, in milliseconds after the request. */
export async function planTimesOf(
  { query, body }: GenerationRequest,
  signal: AbortSignal,
): Promise<number[]> {
  const { speed, ...fields } = Object.fromEntries(query);
  const plan = await ask<StreamPlan>(`plan?${new URLSearchParams({ ...fields, ...body })}`, signal);
  const factor = slowdown(plan.speed, speed);
  return plan.chunks.filter(({ delta }) => delta !== '').map(({ atMs }) => atMs * factor);
}

/** A plan has the times of the scenario's own speed; the request may choose another. */
function slowdown(planned: StreamPlan['speed'], requested: string | undefined): number {
  if (requested === undefined) return 1;
  if (requested === 'instant') return 0;
  return (planned === 'instant' ? 1 : planned) / Number(requested);
}

async function ask<T>(resource: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(`${controlPath}/${resource}`, { signal: signal ?? null });
  const body: T & { error?: string } = await response.json();
  if (!response.ok) throw new Error(body.error ?? `HTTP ${response.status}`);
  return body;
}
