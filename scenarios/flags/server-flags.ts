import type { AgentStart, GatewayStart } from '../processes/start-message.ts';
import { parseFields } from './agent-proto-flags.ts';
import { tokensVariable } from './auth-flag.ts';
import { seedHelp } from './options.ts';

/** A flag that sets an option of the agent, of the gateway, or of both. */
export interface ServerFlag {
  /** As the help shows it. */
  flag: string;
  help: string;
  agent?: keyof AgentStart;
  gateway?: keyof GatewayStart;
  /** Not a flag of `serve`. */
  notInServe?: true;
  /** The values of an option that is no simple value, or how its text is read. */
  choices?: readonly string[];
  parse?: (text: string) => unknown;
}

/**
 * Every flag of `serve`, `agent` and `gateway`, in the order of their help. Defaults, units and bounds
 * come from the schemas of the options (`option-facts.ts`).
 */
export const serverFlags: readonly ServerFlag[] = [
  {
    flag: '--agent <host:port>',
    help: 'where the agent listens',
    gateway: 'agentAddress',
    notInServe: true,
  },
  { flag: '--port <number>', help: "the gateway's port, 0 for a free one", gateway: 'port' },
  { flag: '--agent-port <number>', help: "the agent's port, 0 for a free one", agent: 'port' },
  { flag: '--host <address>', help: 'address to bind', agent: 'host', gateway: 'host' },
  { flag: '--seed <number>', help: seedHelp, agent: 'seed' },
  {
    flag: '--no-watch',
    help: 'keep the scenarios as they are now, whatever becomes of their files',
    agent: 'watch',
  },
  {
    flag: '--auth <who>',
    help:
      `who may ask: anybody, any bearer token, or those listed in ${tokensVariable} ` +
      '(default: listed where that is set, else off)',
    gateway: 'auth',
    choices: ['off', 'any', 'listed'],
  },
  {
    flag: '--max-streams <number>',
    help: 'how many streams at once; one more is refused (503)',
    gateway: 'maxStreams',
  },
  {
    flag: '--workers <number>',
    help: 'how many processes share the work, on a machine with the cores',
    gateway: 'workers',
    notInServe: true,
  },
  {
    flag: '--log-level <level>',
    help: 'what standard error is told, from least to most',
    agent: 'logLevel',
    gateway: 'logLevel',
  },
  {
    flag: '--bare',
    help: 'the frames of the specification alone: no ids, so nothing is resumed',
    gateway: 'eventIds',
  },
  {
    flag: '--retry <duration>',
    help: 'how long a browser is told to wait before it connects again',
    gateway: 'retryMs',
  },
  {
    flag: '--proto <file>',
    help: "the agent's own .proto, where its interface is another one",
    gateway: 'agentProto',
    notInServe: true,
  },
  {
    flag: '--proto-path <folder...>',
    help: 'where the imports of --proto start; may be given again',
    gateway: 'agentProto',
    notInServe: true,
  },
  {
    flag: '--service <name>',
    help: 'its package.Service, or package.Service/Method',
    gateway: 'agentProto',
    notInServe: true,
  },
  {
    flag: '--fields <list>',
    help: 'its fields for prompt, model, delta, is_final, error: prompt=input.text,delta=token',
    gateway: 'agentProto',
    notInServe: true,
    parse: parseFields,
  },
  {
    flag: '--wire-faults',
    help: 'carry out the faults of the wire that the agent asks for',
    gateway: 'wireFaults',
    notInServe: true,
  },
  {
    flag: '--metrics <port>',
    help: 'serve metrics for Prometheus at this port (/metrics), 0 for a free one',
    agent: 'metricsPort',
    notInServe: true,
  },
];
