import { Option, type Command } from 'commander';

import type { AgentStart, GatewayStart } from '../processes/start-message.ts';
import { optionFacts, type OptionFacts } from './option-facts.ts';
import { parseDurationFlag, parseText, parseWholeNumber } from './options.ts';
import { serverFlags, type ServerFlag } from './server-flags.ts';

type Server = 'agent' | 'gateway';

/** Adds the flags of a server, or those of `serve`, which starts both. */
export function addServerFlags(command: Command, name: Server | 'serve'): Command {
  for (const flag of serverFlags) {
    const isFlagOf = name === 'serve' ? flag.notInServe !== true : flag[name] !== undefined;
    if (isFlagOf) command.addOption(optionOf(flag));
  }
  return command;
}

/** Returns the simple options that the flags of a server set; the command reads the other flags. */
export function readServerFlags(flags: object, server: 'agent'): Omit<AgentStart, 'scenarios'>;
export function readServerFlags(flags: object, server: 'gateway'): GatewayStart;
export function readServerFlags(flags: object, server: Server): object {
  return Object.fromEntries(
    serverFlags.flatMap((flag) => {
      const key = flag[server];
      const value: unknown = Reflect.get(flags, new Option(flag.flag).attributeName());
      return key === undefined || factsOf(flag) === undefined || value === undefined
        ? []
        : [[key, value]];
    }),
  );
}

/** Returns a flag with the default and the parser from the schema of its option. */
function optionOf(flag: ServerFlag): Option {
  const option = new Option(flag.flag, flag.help);
  const facts = factsOf(flag);
  if (flag.choices !== undefined) option.choices(flag.choices);
  if (flag.parse !== undefined) option.argParser(flag.parse);
  if (facts === undefined) return option;
  const { default: standard, minimum, maximum } = facts;
  if (facts.type === 'boolean') return option.negate ? option : option.preset(standard !== true);
  if (standard !== undefined) {
    option.default(standard, isDuration(flag) ? `${Number(standard) / 1000}s` : undefined);
  }
  if (facts.enum !== undefined) return option.choices(facts.enum);
  if (facts.type === 'string') return option.variadic ? option : option.argParser(parseText);
  if (isDuration(flag)) return option.argParser((text) => parseDurationFlag(text, minimum));
  return option.argParser((text) => parseWholeNumber(text, minimum, maximum));
}

/** Returns the schema's facts about a flag's option; undefined for an option that is not a simple value. */
function factsOf({ agent, gateway }: ServerFlag): OptionFacts | undefined {
  if (agent !== undefined) return optionFacts.agent[agent];
  return gateway === undefined ? undefined : optionFacts.gateway[gateway];
}

const isDuration = ({ agent, gateway }: ServerFlag) => (agent ?? gateway)?.endsWith('Ms') === true;
