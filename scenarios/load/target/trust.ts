import { readFileSync } from 'node:fs';
import tls, { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

/** Which certificates of https servers are accepted: options of `tls.connect`. */
export interface Trust {
  /** False to accept any certificate. */
  rejectUnauthorized: boolean;
  /** Undefined for the authorities of Node. */
  secureContext?: SecureContext;
}

/** Trusts the authorities of Node, with those of NODE_EXTRA_CA_CERTS. */
export const usualTrust: Trust = { rejectUnauthorized: true };

/** Accepts any certificate. */
export const anyTrust: Trust = { rejectUnauthorized: false };

/** Whether a load of this URL accepts any certificate. */
export function acceptsAny(url: string, trust = usualTrust): boolean {
  return url.startsWith('https:') && !trust.rejectUnauthorized;
}

/**
 * Adds authorities to those of Node. All connections share one context, since each new one parses every
 * authority.
 * @param ca certificates in PEM
 */
export function trustAlso(ca: string): Trust {
  return {
    rejectUnauthorized: true,
    secureContext: createSecureContext({ ca: [...authoritiesOfNode(), ca] }),
  };
}

function authoritiesOfNode(): readonly string[] {
  // Since Node 22.15.
  const list: unknown = Reflect.get(tls, 'getCACertificates');
  if (typeof list === 'function') return list('default');
  const extra = process.env['NODE_EXTRA_CA_CERTS'] ?? '';
  return extra === '' ? rootCertificates : [...rootCertificates, ...readIfPossible(extra)];
}

/** Node itself only warns about a file that it cannot read. */
function readIfPossible(path: string): string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}
