import { RehearsalError } from '../console/rehearsal-error.ts';
import type { AgentProto } from '../../gateway/agent/agent-interface.ts';

/** Returns what is missing from the flags of a different interface; undefined if it is complete. */
export function problemOfAgentProto({ file, service }: Partial<AgentProto>): string | undefined {
  return file === undefined || service === undefined
    ? 'a different interface needs both --proto FILE and --service package.Service'
    : undefined;
}

/** @throws RehearsalError (argument) for a list that is not name=field, separated by commas */
export function parseFields(list: string): AgentProto['fields'] {
  const names = ['prompt', 'model', 'delta', 'is_final', 'error'];
  const pairs = list.split(',').map((pair) => pair.split('='));
  const wrong = pairs.find(([name = '', path = '', ...more]) => {
    return !names.includes(name) || path === '' || more.length > 0;
  });
  if (wrong !== undefined) {
    throw new RehearsalError(
      'argument',
      `"${wrong.join('=')}" is not name=field, with one of the names ${names.join(', ')}.`,
    );
  }
  return Object.fromEntries(pairs);
}
