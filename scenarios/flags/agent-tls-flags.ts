import { Option } from 'commander';

import { readAgentAccess, type AgentAccess } from '../../gateway/agent/agent-access.ts';
import { explainContractError, RehearsalError } from '../console/rehearsal-error.ts';
import { optionFacts } from './option-facts.ts';
import { parseText } from './parse-text.ts';
import type { TrustFlags } from './trust-flags.ts';

/** The flags of the gateway for an agent over TLS that other commands have too. */
export interface AgentTlsFlags {
  /** Only of commands whose addresses of agents have no scheme. */
  agentTls?: boolean | undefined;
  agentCa?: string | undefined;
  agentCert?: string | undefined;
  agentKey?: string | undefined;
  agentAuthority?: string | undefined;
}

type FlagName = keyof AgentTlsFlags;

const namesBesideScheme: readonly FlagName[] = [
  'agentCa',
  'agentCert',
  'agentKey',
  'agentAuthority',
];

const allNames: readonly FlagName[] = ['agentTls', ...namesBesideScheme];

/** Returns the options of a command whose addresses of agents have a scheme: `grpcs:` is TLS. */
export const agentTlsOptionsBesideScheme = (): Option[] => namesBesideScheme.map(optionOf);

/** Returns the options of a command with the addresses of the gateway. */
export const agentTlsOptions = (): Option[] => allNames.map(optionOf);

function optionOf(name: FlagName): Option {
  const facts = factsOf(name);
  const option = new Option(facts.flag, facts.help);
  return facts.kind === 'boolean' ? option : option.argParser(parseText);
}

function factsOf(name: FlagName) {
  const facts = optionFacts.find((each) => each.gateway === name);
  if (facts === undefined) throw new Error(`the gateway has no option ${name}`);
  return facts;
}

/** Returns the flags that are set, each with its value, as a person types them. */
export function listAgentTlsFlags(flags: AgentTlsFlags): [flag: string, value?: string][] {
  return allNames.flatMap((name): [flag: string, value?: string][] => {
    const value = flags[name];
    const flag = new Option(factsOf(name).flag).long ?? name;
    if (typeof value === 'string') return [[flag, value]];
    return value === true ? [[flag]] : [];
  });
}

/**
 * Reads the certificates for connections to an agent. A file implies TLS.
 * @throws RehearsalError (usage) for a file that cannot be used
 */
export function readAgentTls({ agentTls = false, ...files }: AgentTlsFlags): AgentAccess {
  try {
    return readAgentAccess({ ...files, agentTls, agentMetadata: [] }, () => {});
  } catch (error) {
    throw explainContractError(error);
  }
}

/**
 * Reads the certificates for one connection to an agent.
 * @param url of the agent: `grpcs:` is TLS
 * @throws RehearsalError (usage) for a file that cannot be used, or without TLS
 */
export function readAgentTlsOfUrl(url: string, flags: AgentTlsFlags & TrustFlags): AgentAccess {
  const { agentCa, agentCert, agentKey, agentAuthority, insecure = false } = flags;
  const hasFile = [agentCa, agentCert, agentKey].some((file) => file !== undefined);
  const agentTls = url.startsWith('grpcs:');
  if (hasFile && !agentTls) {
    throw new RehearsalError(
      'usage',
      '--agent-ca, --agent-cert and --agent-key are for an agent over TLS; write grpcs://host:port',
    );
  }
  if (flags.ca !== undefined && /^grpcs?:/.test(url)) {
    throw new RehearsalError('usage', '--ca is for https; write --agent-ca for an agent');
  }
  const access = readAgentTls({ agentTls, agentCa, agentCert, agentKey, agentAuthority });
  if (!insecure || access.certificates === undefined) return access;
  return { ...access, certificates: { ...access.certificates, acceptsAny: true } };
}
