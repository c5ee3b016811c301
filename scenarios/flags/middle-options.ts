import { Option } from 'commander';

import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Middle } from '../run/measure-middle.ts';
import { parseText, parseWholeNumber } from './parse-text.ts';

export const defaultAgentHost = '127.0.0.1';

/** The flags of a command that puts a gateway of others before our agent. */
export const agentPortOption = (description: string) =>
  new Option('--agent-port <number>', description).argParser((text) =>
    parseWholeNumber(text, 0, 65_535),
  );

export const agentHostOption = (description = 'address that our agent binds') =>
  new Option('--host <address>', description).default(defaultAgentHost).argParser(parseText);

export const startOption = (
  description = 'shell command that starts the gateway, with the address of our agent in $AGENT; it is ended afterwards',
) => new Option('--start <command>', description).argParser(parseText);

/** The flags of `run` about a gateway of others. */
interface MiddleFlags {
  target?: string;
  agentPort?: number;
  host: string;
  start?: string;
  preflight: boolean;
}

/**
 * Returns the gateway of others that a run measures before our agent; undefined without `--agent-port`.
 * @throws RehearsalError (usage) for flags that do not belong together
 */
export function readMiddle({
  target,
  agentPort,
  host,
  start,
  preflight,
}: MiddleFlags): Middle | undefined {
  if (agentPort === undefined) {
    if (start !== undefined) {
      throw refuse('--start: write --agent-port 0 as well, for our agent below the gateway');
    }
    if (host !== defaultAgentHost) throw refuse('--host is for our agent; write --agent-port N');
    return undefined;
  }
  if (target === undefined) {
    throw refuse('--agent-port: write --target URL, the gateway that calls our agent');
  }
  if (agentPort === 0 && start === undefined) {
    throw refuse(
      "--agent-port: 0 takes a free port, which only --start 'COMMAND' can pass on; write the port that the gateway calls",
    );
  }
  return { target, agentPort, agentHost: host, start, preflight };
}

function refuse(reason: string): RehearsalError {
  return new RehearsalError('usage', reason);
}
