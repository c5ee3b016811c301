import { InvalidArgumentError } from 'commander';

import type { AgentProto } from '../../gateway/agent/agent-interface.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';

/** The flags that describe an agent with a different interface. */
export interface AgentProtoFlags {
  proto?: string;
  protoPath?: string[];
  service?: string;
  fields?: AgentProto['fields'];
}

/** @throws RehearsalError (usage) if --proto or --service is missing */
export function agentProtoOf({
  proto,
  protoPath,
  service,
  fields,
}: AgentProtoFlags): AgentProto | undefined {
  if ([proto, protoPath, service, fields].every((flag) => flag === undefined)) return undefined;
  if (proto === undefined || service === undefined) {
    throw new RehearsalError(
      'usage',
      'a different interface needs both --proto FILE and --service package.Service',
    );
  }
  return { file: proto, includeDirs: protoPath ?? [], service, fields: fields ?? {} };
}

/** @throws InvalidArgumentError for a list that is not name=field, separated by commas */
export function parseFields(list: string): AgentProto['fields'] {
  const names = ['prompt', 'model', 'delta', 'is_final', 'error'];
  const pairs = list.split(',').map((pair) => pair.split('='));
  const wrong = pairs.find(([name = '', path = '', ...more]) => {
    return !names.includes(name) || path === '' || more.length > 0;
  });
  if (wrong !== undefined) {
    throw new InvalidArgumentError(
      `"${wrong.join('=')}" is not name=field, with one of the names ${names.join(', ')}.`,
    );
  }
  return Object.fromEntries(pairs);
}
