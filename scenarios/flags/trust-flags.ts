import { Option, type Command } from 'commander';

import { readCertificates } from '../../proto/http2/tls-files.ts';
import { explainContractError } from '../console/rehearsal-error.ts';
import { anyTrust, trustAlso, usualTrust, type Trust } from '../load/target/trust.ts';
import { parseText } from './parse-text.ts';

/** The flags of commands that send requests to an https server. */
export interface TrustFlags {
  ca?: string | undefined;
  insecure?: boolean | undefined;
}

const options = { ca: '--ca', cert: '--cert', key: '--key' };

export function addTrustFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--ca <file>',
        'trust these authorities (PEM) too, beside those of Node',
      ).argParser(parseText),
    )
    .addOption(
      new Option('--insecure', 'accept any TLS certificate, such as a self-signed one').conflicts(
        'ca',
      ),
    );
}

/** @throws RehearsalError (usage) for a file that cannot be used */
export function readTrust({ ca, insecure = false }: TrustFlags): Trust {
  if (insecure) return anyTrust;
  if (ca === undefined) return usualTrust;
  try {
    return trustAlso(readCertificates({ ca }, options, () => {}).current().ca ?? '');
  } catch (error) {
    throw explainContractError(error);
  }
}
