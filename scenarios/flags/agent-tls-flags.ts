import { Option } from 'commander';

import { readAgentAccess, type AgentAccess } from '../../gateway/agent/agent-access.ts';
import { explainContractError, RehearsalError } from '../console/rehearsal-error.ts';
import { optionFacts } from './option-facts.ts';
import { parseText } from './parse-text.ts';
import type { TrustFlags } from './trust-flags.ts';

/** The flags of the gateway for an agent over TLS that other commands have too. */
export interface AgentTlsFlags {
  agentCa?: string;
  agentCert?: string;
  agentKey?: string;
  agentAuthority?: string;
}

const names = new Set(['agentCa', 'agentCert', 'agentKey', 'agentAuthority']);

export function agentTlsOptions(): Option[] {
  return optionFacts
    .filter(({ name }) => names.has(name))
    .map(({ flag, help }) => new Option(flag, help).argParser(parseText));
}

/**
 * Reads the certificates for one connection to an agent.
 * @param url of the agent: `grpcs:` is TLS
 * @throws RehearsalError (usage) for a file that cannot be used, or without TLS
 */
export function readAgentTls(url: string, flags: AgentTlsFlags & TrustFlags): AgentAccess {
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
  try {
    const files = { agentTls, agentCa, agentCert, agentKey, agentAuthority, agentMetadata: [] };
    const access = readAgentAccess(files, () => {});
    if (!insecure || access.certificates === undefined) return access;
    return { ...access, certificates: { ...access.certificates, acceptsAny: true } };
  } catch (error) {
    throw explainContractError(error);
  }
}
