import { Metadata } from '@grpc/grpc-js';

import type { ContractError } from '../../proto/contract-error.ts';
import { readCertificates, type Certificates } from '../../proto/http2/tls-files.ts';

/** How agents are reached, and what the gateway tells them about itself. */
export interface AgentAccess {
  /** Undefined for connections without TLS. */
  certificates?: Certificates | undefined;
  /** Replaces the host of the address, in the call and in the check of the agent's certificate. */
  authority?: string | undefined;
  /** Added to each call; values may be secret. */
  metadata?: Metadata | undefined;
}

/** The options of the gateway that say how it reaches agents. */
interface AccessOptions {
  agentTls: boolean;
  agentCa?: string | undefined;
  agentCert?: string | undefined;
  agentKey?: string | undefined;
  agentAuthority?: string | undefined;
  agentMetadata: readonly { name: string; value: string }[];
}

/** The flags of the files, for messages. */
const fileFlags = { ca: '--agent-ca', cert: '--agent-cert', key: '--agent-key' };

/**
 * Reads the certificates for connections to agents. A file implies TLS.
 * @param onProblem called when a changed file cannot be used
 * @throws ContractError (tls-file)
 */
export function readAgentAccess(
  options: AccessOptions,
  onProblem: (error: ContractError) => void,
): AgentAccess {
  const { agentTls, agentCa: ca, agentCert: cert, agentKey: key } = options;
  const hasFile = [ca, cert, key].some((file) => file !== undefined);
  return {
    certificates:
      agentTls || hasFile ? readCertificates({ ca, cert, key }, fileFlags, onProblem) : undefined,
    authority: options.agentAuthority,
    metadata: metadataOf(options.agentMetadata),
  };
}

function metadataOf(entries: AccessOptions['agentMetadata']): Metadata | undefined {
  if (entries.length === 0) return undefined;
  const metadata = new Metadata();
  for (const { name, value } of entries) metadata.add(name, value);
  return metadata;
}
