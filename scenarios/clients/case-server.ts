import type { IncomingMessage } from 'node:http';

import { pino } from 'pino';

import type { AgentRequest } from '../../gateway/agent/agent-client.ts';
import type { RequestObserver } from '../../gateway/observer.ts';
import { startGateway } from '../../gateway/server.ts';
import { startMockAgent } from '../../mock-agent/server.ts';
import type { DialectName } from '../../proto/dialects/dialect.ts';
import { dialectNamed } from '../../proto/dialects/index.ts';
import { generatePath } from '../../proto/interface.ts';
import { createJournal, type JournalEntry } from '../control/journal.ts';
import type { Scenario } from '../file/scenario.ts';
import { atSpeed } from './client-cases.ts';

/** Streams and pings run this many times faster. */
const usualSpeed = 25;

/** A request, with what its plan follows from; undefined where the gateway refused it. */
export interface ObservedRequest extends JournalEntry {
  request: Pick<AgentRequest, 'prompt' | 'model' | 'messages' | 'tools'> | undefined;
  /** Whether it was answered in one piece. */
  isWhole: boolean;
}

/** An agent and a gateway for one case. */
export interface CaseServer {
  /** Without a path. */
  url: string;
  /** Returns the requests so far, oldest first. */
  requests(): ObservedRequest[];
  /** Returns the paths of all requests so far, also of those for something else. */
  paths(): string[];
  close(): Promise<void>;
}

export interface CaseServerOptions {
  speed?: number | undefined;
  /** Ends a stream that is still open, in place of the two minutes. */
  streamLimitMs: number;
}

/**
 * Starts an agent and a gateway that are fast enough for streams to reach their limit. The first scenario is
 * the default.
 */
export async function startCaseServer(
  scenarios: readonly Scenario[],
  { speed = usualSpeed, streamLimitMs }: CaseServerOptions,
): Promise<CaseServer> {
  const log = pino({ level: 'silent' });
  const agent = await startMockAgent({
    scenarios: scenarios.map((scenario) => atSpeed(scenario, speed)),
    host: '127.0.0.1',
    port: 0,
    log,
  });
  const journal = createJournal();
  const observed: Pick<ObservedRequest, 'request' | 'isWhole'>[] = [];
  const paths: string[] = [];
  const notePath = (message: IncomingMessage | undefined) => {
    paths.push(message?.url?.split('?')[0] ?? '');
  };
  const observer: RequestObserver = {
    refused: (_, message) => notePath(message),
    arrived({ message }) {
      notePath(message);
      const entry: (typeof observed)[number] = { request: undefined, isWhole: false };
      observed.push(entry);
      return {
        requested({ prompt, model, messages, tools }) {
          entry.request = { prompt, model, messages, tools };
        },
        opened({ isWhole = false }) {
          entry.isWhole = isWhole;
        },
      };
    },
  };
  const gateway = await startGateway(
    {
      port: 0,
      agentAddress: agent.address,
      wireFaults: true,
      pingIntervalMs: 15_000 / usualSpeed,
      streamLimitMs,
      closeGraceMs: 500,
    },
    log,
    { observers: [journal.observer, observer] },
  ).catch(async (error: unknown) => {
    await agent.close();
    throw error;
  });
  return {
    url: gateway.url,
    paths: () => [...paths],
    requests: () =>
      journal.entries().map((entry, index) => ({
        ...entry,
        ...(observed[index] ?? { request: undefined, isWhole: false }),
      })),
    async close() {
      await gateway.close();
      await agent.close();
    },
  };
}

/** Returns the URL that requests of a dialect are sent to. */
export function endpointAt(url: string, dialect: DialectName | undefined): string {
  return url + (dialect === undefined ? generatePath : dialectNamed(dialect).path);
}
