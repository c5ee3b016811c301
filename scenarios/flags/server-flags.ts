import { Option, type Command } from 'commander';

import { quote } from '../../proto/problems/nearest-name.ts';
import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import type { AgentStart, GatewayStart } from '../processes/start-message.ts';
import { problemOfAgentProto } from './agent-proto-flags.ts';
import { readAuth, tokensVariable, type AuthFlag } from './auth-flag.ts';
import { optionFacts, type OptionFacts } from './option-facts.ts';
import { formatOption, parseOption } from './option-values.ts';
import { isServiceLink } from './unknown-variables.ts';

type Server = 'agent' | 'gateway';

/** A command that starts servers. */
export type ServerCommand = Server | 'serve';

/** An option with the value in force. */
export interface OptionInForce {
  facts: OptionFacts;
  value: unknown;
  /** `default`, a flag or an environment variable. */
  source: string;
}

/** The options of a command, those of the gateway and those of the agent. */
export interface ServerOptions {
  agent: Omit<AgentStart, 'scenarios'>;
  gateway: GatewayStart;
  inForce: readonly OptionInForce[];
}

const defaultSource = 'default';

/** Returns the options of a command: `serve` starts both servers. */
function factsOf(name: ServerCommand): OptionFacts[] {
  return optionFacts.filter((facts) =>
    name === 'serve' ? facts.notInServe !== true : facts[name] !== undefined,
  );
}

/** Adds the flags of a command. Their texts stay unread until `readServerOptions`. */
export function addServerFlags(command: Command, name: ServerCommand): Command {
  for (const facts of factsOf(name)) {
    command.addOption(new Option(facts.flag, describeOption(facts)));
  }
  return command
    .option(
      '--print-options',
      'print every option, its value and where that comes from; start nothing',
    )
    .addHelpText(
      'after',
      '\nEach flag is an environment variable too: --log-level is REHEARSAL_LOG_LEVEL, lists are separated by\n' +
        'spaces, --no-watch is REHEARSAL_WATCH=false. A flag wins. [C4] is a clause of the specification.',
    );
}

/** Returns the text of the help: what an option does, its values, its default and its clause. */
function describeOption(facts: OptionFacts): string {
  const { help, choices, clause, kind } = facts;
  const hasDefault = facts.default !== undefined && kind !== 'boolean';
  const notes = [
    ...(choices === undefined ? [] : [choices.join(', ')]),
    ...(hasDefault ? [`default: ${formatOption(facts, facts.default)}`] : []),
  ];
  return [
    kind === 'boolean' && facts.default === true ? `turn off: ${help}` : help,
    ...(notes.length === 0 ? [] : [`(${notes.join('; ')})`]),
    ...(clause === undefined ? [] : [`[${clause}]`]),
  ].join(' ');
}

/**
 * Returns the options of a command from its flags, the environment and the defaults, in this order.
 * @throws RehearsalError (usage) with every wrong flag and variable
 */
export function readServerOptions(
  flags: object,
  name: ServerCommand,
  environment: NodeJS.ProcessEnv = process.env,
): ServerOptions {
  const problems: string[] = [];
  const inForce = factsOf(name).map((facts): OptionInForce => {
    const { texts, source } = textsOf(facts, flags, environment);
    if (texts === undefined) return { facts, value: facts.default, source };
    return { facts, value: readTexts(facts, { texts, source }, environment, problems), source };
  });
  const agentProto = partsOf(inForce, 'agentProto');
  const protoProblem = agentProto === undefined ? undefined : problemOfAgentProto(agentProto);
  if (protoProblem !== undefined) problems.push(protoProblem);
  const auth = authOf(inForce, environment, problems);
  if (problems.length > 0) throw new RehearsalError('usage', problems.join('\nrehearsal: '));
  return {
    agent: valuesOf(inForce, 'agent'),
    gateway: { ...valuesOf(inForce, 'gateway'), ...auth, ...(agentProto && { agentProto }) },
    inForce,
  };
}

interface Texts {
  /** Undefined for an option that nobody has set. */
  texts: readonly string[] | undefined;
  source: string;
}

/** Returns what was written for an option, and where. */
function textsOf(facts: OptionFacts, flags: object, environment: NodeJS.ProcessEnv): Texts {
  const option = new Option(facts.flag);
  const flag: unknown = Reflect.get(flags, option.attributeName());
  // Commander sets an option without its flag to true if the flag is negative.
  const isSet = option.negate ? flag === false : flag !== undefined;
  if (isSet) return { texts: [flag].flat().map(String), source: option.long ?? facts.flag };
  const text = environment[facts.variable];
  if (text === undefined || isServiceLink(facts.variable, text))
    return { texts: undefined, source: defaultSource };
  const texts = option.variadic ? text.split(/\s+/).filter((each) => each !== '') : [text];
  return { texts: texts.length === 0 ? [''] : texts, source: facts.variable };
}

/** Returns the value of an option; adds to the problems what is wrong with it. */
function readTexts(
  facts: OptionFacts,
  { texts, source }: { texts: readonly string[]; source: string },
  environment: NodeJS.ProcessEnv,
  problems: string[],
): unknown {
  const values = texts.map((text): unknown => {
    try {
      return parseOption(facts, text, environment);
    } catch (error) {
      if (!isRehearsalError(error, 'argument')) throw error;
      const written = quote(formatOption(facts, text));
      problems.push(`${source}: ${written} is invalid. ${error.message}`);
      return undefined;
    }
  });
  return new Option(facts.flag).variadic ? values : values[0];
}

/** Returns the simple options of a server. */
function valuesOf(inForce: readonly OptionInForce[], server: Server): Record<string, unknown> {
  return Object.fromEntries(
    inForce.flatMap(({ facts, value }) => {
      const key = facts[server];
      return key === undefined || facts.part !== undefined || value === undefined
        ? []
        : [[key, value]];
    }),
  );
}

/** Returns the parts of an option that is an object; undefined if none is set. */
function partsOf(
  inForce: readonly OptionInForce[],
  key: string,
): GatewayStart['agentProto'] | undefined {
  const parts = inForce.filter(
    ({ facts, value }) => facts.gateway === key && facts.part !== undefined && value !== undefined,
  );
  if (parts.length === 0) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema validates it
  return Object.fromEntries(
    parts.map(({ facts, value }) => [facts.part, value]),
  ) as GatewayStart['agentProto'];
}

/** Returns the option `auth`, whose tokens are in a variable of their own. */
function authOf(
  inForce: OptionInForce[],
  environment: NodeJS.ProcessEnv,
  problems: string[],
): Pick<GatewayStart, 'auth'> {
  const auth = inForce.find(({ facts }) => facts.gateway === 'auth');
  if (auth === undefined || (auth.value === undefined && auth.source !== defaultSource)) return {};
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one of the choices
    const flag = auth.source === defaultSource ? undefined : (auth.value as AuthFlag);
    const value = readAuth(flag, environment[tokensVariable]);
    if (Array.isArray(value) && flag === undefined) {
      Object.assign(auth, { value: 'listed', source: tokensVariable });
    }
    return { auth: value };
  } catch (error) {
    if (!(error instanceof RehearsalError)) throw error;
    problems.push(error.message);
    return {};
  }
}
