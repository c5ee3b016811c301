import type { AgentStart, GatewayStart } from '../processes/start-message.ts';
import { parseFields } from './agent-proto-flags.ts';
import { tokensVariable } from './auth-flag.ts';
import { seedHelp } from './options.ts';

/** A flag that sets an option of the agent, of the gateway, or of both. */
export interface ServerFlag {
  /** The flag as shown in the help. */
  flag: string;
  help: string;
  agent?: keyof AgentStart;
  gateway?: keyof GatewayStart;
  /** True for a flag that `serve` does not have. */
  notInServe?: true;
  /** The values, or the parser, of an option that is not a simple value. */
  choices?: readonly string[];
  parse?: (text: string) => unknown;
}

/**
 * Every flag of `serve`, `agent` and `gateway`, in the order of their help. Defaults, units and bounds
 * come from the schemas of the options (`option-facts.ts`).
 */
export const serverFlags: readonly ServerFlag[] = [
  {
    flag: '--agent <host:port...>',
    help: 'address of the agent; several, or a name (dns:///host:port), take calls in turn',
    gateway: 'agentAddress',
    notInServe: true,
  },
  { flag: '--port <number>', help: 'port of the gateway; 0 for a free one', gateway: 'port' },
  { flag: '--agent-port <number>', help: 'port of the agent; 0 for a free one', agent: 'port' },
  { flag: '--host <address>', help: 'address to bind', agent: 'host', gateway: 'host' },
  { flag: '--seed <number>', help: seedHelp, agent: 'seed' },
  {
    flag: '--no-watch',
    help: 'do not reload scenarios when their files change',
    agent: 'watch',
  },
  {
    flag: '--auth <mode>',
    help:
      `required bearer token: none, any, or one of those listed in ${tokensVariable} ` +
      '(default: listed if that is set, otherwise off)',
    gateway: 'auth',
    choices: ['off', 'any', 'listed'],
  },
  {
    flag: '--max-streams <number>',
    help: 'maximum of streams at once; further requests get 503',
    gateway: 'maxStreams',
  },
  {
    flag: '--hold-limit <duration>',
    help: 'how much longer a held stream may live: the clock of its limit stands still for that time; with 0 it goes on',
    gateway: 'holdLimitMs',
  },
  {
    flag: '--drain <duration>',
    help: 'time for open streams to finish after SIGTERM or Ctrl+C, while new requests get 503; a second signal ends it',
    agent: 'drainMs',
    gateway: 'drainMs',
  },
  {
    flag: '--connection-age <duration>',
    help: 'age at which a connection takes no more calls, so that clients reconnect and find new agents',
    agent: 'connectionAgeMs',
    notInServe: true,
  },
  {
    flag: '--workers <number>',
    help: 'number of gateway processes; use at most one per core',
    gateway: 'workers',
    notInServe: true,
  },
  {
    flag: '--log-level <level>',
    help: 'log level of standard error',
    agent: 'logLevel',
    gateway: 'logLevel',
  },
  {
    flag: '--bare',
    help: 'send only the specified fields: no event ids, so no resuming',
    gateway: 'eventIds',
  },
  {
    flag: '--retry <duration>',
    help: "reconnection time for browsers (the stream's `retry` field)",
    gateway: 'retryMs',
  },
  {
    flag: '--proto <file>',
    help: "the agent's .proto, if its interface differs from the specified one",
    gateway: 'agentProto',
    notInServe: true,
  },
  {
    flag: '--proto-path <folder...>',
    help: 'folders to resolve the imports of --proto; repeatable',
    gateway: 'agentProto',
    notInServe: true,
  },
  {
    flag: '--service <name>',
    help: 'package.Service or package.Service/Method in --proto',
    gateway: 'agentProto',
    notInServe: true,
  },
  {
    flag: '--fields <list>',
    help: 'field names in --proto for prompt, model, delta, is_final, error: prompt=input.text,delta=token',
    gateway: 'agentProto',
    notInServe: true,
    parse: parseFields,
  },
  {
    flag: '--wire-faults',
    help: 'carry out wire faults that the agent requests',
    gateway: 'wireFaults',
    notInServe: true,
  },
  {
    flag: '--metrics <port>',
    help: 'serve Prometheus metrics (/metrics) on this port; 0 for a free one',
    agent: 'metricsPort',
    notInServe: true,
  },
];
