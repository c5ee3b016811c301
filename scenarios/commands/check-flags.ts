import type { DialectName } from '../../proto/dialects/dialect.ts';
import { numbersSchema, type Numbers } from '../check/numbers.ts';
import { listAgentTlsFlags, type AgentTlsFlags } from '../flags/agent-tls-flags.ts';
import type { TrustFlags } from '../flags/trust-flags.ts';

/** The flags of `check`. */
export interface CheckFlags extends AgentTlsFlags, TrustFlags {
  agent?: string;
  failingPrompt?: string;
  failingText?: string;
  dialect?: DialectName;
  upstreamDialect?: DialectName;
  upstreamPort?: number;
  agentPort: number;
  host: string;
  start?: string;
  header: string[];
  only: string[];
  skip: string[];
  known?: string;
  strict?: boolean;
  /** In milliseconds. */
  pushInterval: number;
  pingInterval: number;
  streamLimit: number;
  out?: string;
  json?: boolean;
}

export const specifiedNumbers = numbersSchema.parse({});

const numberNames = {
  '--push-interval': 'pushIntervalMs',
  '--ping-interval': 'pingIntervalMs',
  '--stream-limit': 'streamLimitMs',
} as const;

/** Returns what is wrong with the flags that do not belong to what is checked. */
export function listForeignFlags(flags: CheckFlags): string[] {
  const { agent, ca, insecure, failingPrompt, failingText } = flags;
  const { upstreamDialect, upstreamPort, dialect = upstreamDialect } = flags;
  const [[tlsFlag] = []] = listAgentTlsFlags(flags);
  const numberFlags = listNumberFlags(numbersOf(flags));
  const ofAgent: [isSet: boolean, mistake: string][] = [
    [
      ca !== undefined || insecure === true,
      '--ca and --insecure are for an https gateway; write --agent-ca FILE for an agent',
    ],
  ];
  const ofGateway: typeof ofAgent = [
    [
      failingPrompt !== undefined || failingText !== undefined,
      '--failing-prompt and --failing-text are for --agent; our own agent fails where a clause needs it',
    ],
    [
      tlsFlag !== undefined,
      `${tlsFlag} is for --agent; a gateway calls our own agent, which has no TLS here`,
    ],
    [
      upstreamPort !== undefined && upstreamDialect === undefined,
      '--upstream-port needs --upstream-dialect',
    ],
    [
      dialect !== undefined && numberFlags.length > 0,
      `${numberFlags.join(' ')}: only the specification has these numbers; leave them out with --dialect`,
    ],
  ];
  return (agent === undefined ? ofGateway : ofAgent).flatMap(([isSet, mistake]) =>
    isSet ? [mistake] : [],
  );
}

export function numbersOf({ pushInterval, pingInterval, streamLimit }: CheckFlags): Numbers {
  return {
    pushIntervalMs: pushInterval,
    pingIntervalMs: pingInterval,
    streamLimitMs: streamLimit,
  };
}

/** Returns the flags of the numbers that are not the specified ones. */
export const listNumberFlags = (numbers: Numbers): string[] =>
  Object.entries(numberNames).flatMap(([flag, name]) =>
    numbers[name] === specifiedNumbers[name] ? [] : [`${flag} ${numbers[name]}ms`],
  );
