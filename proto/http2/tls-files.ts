import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

import { ContractError } from '../contract-error.ts';

/** Paths of PEM files: trusted authorities, and the certificate of this end with its key. */
export interface TlsFiles {
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/** The texts of the files, as `tls.createSecureContext` takes them. */
export interface CertificateTexts {
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/** The certificates of one end, which may be replaced while it runs. */
export interface Certificates {
  /** Returns those for a new connection: the same object until the files have changed. */
  current(): CertificateTexts;
  /** True to accept any certificate of the other end. */
  acceptsAny?: boolean;
}

/**
 * Reads the certificates of one end. Each new connection reads files again that have changed.
 * @param options the name of each file's option
 * @param onProblem called when a changed file cannot be used; the certificates before it stay in use
 * @throws ContractError (tls-file)
 */
export function readCertificates(
  files: TlsFiles,
  options: Readonly<Record<keyof TlsFiles, string>>,
  onProblem: (error: ContractError) => void,
): Certificates {
  let version = versionOf(files);
  let texts = readTexts(files, options);
  let problem = '';

  /** Keeps the version of files that cannot be used, so that the next connection reads them again. */
  const readAgain = (newVersion: string) => {
    try {
      texts = readTexts(files, options);
      version = newVersion;
      problem = '';
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      if (error.message !== problem) onProblem(error);
      problem = error.message;
    }
  };

  return {
    current() {
      const newVersion = versionOf(files);
      if (newVersion !== version) readAgain(newVersion);
      return texts;
    },
  };
}

/** Says that the own certificate has expired, for a log; undefined while it is valid. */
export function describeExpiry(
  { current }: Certificates,
  option: string,
  path: string | undefined,
): string | undefined {
  const { cert } = current();
  if (cert === undefined) return undefined;
  const until = new Date(new X509Certificate(cert).validTo);
  if (until.getTime() > Date.now()) return undefined;
  return `${option}: ${path} has expired on ${until.toISOString().slice(0, 10)}; clients refuse it`;
}

/** Returns a text that changes when a file is written or replaced. */
function versionOf({ ca, cert, key }: TlsFiles): string {
  return [ca, cert, key]
    .map((path) => {
      const stats = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
      return `${stats?.ino} ${stats?.size} ${stats?.mtimeMs}`;
    })
    .join();
}

function readTexts(
  { ca, cert, key }: TlsFiles,
  options: Readonly<Record<keyof TlsFiles, string>>,
): CertificateTexts {
  if ((cert === undefined) !== (key === undefined)) {
    const [present, missing] =
      key === undefined ? [options.cert, options.key] : [options.key, options.cert];
    throw new ContractError('tls-file', `${present}: needs ${missing} too`);
  }
  const authorities = ca === undefined ? undefined : readFile(ca, options.ca);
  if (authorities !== undefined) certificatesOf(authorities, `${options.ca}: ${ca}`);
  if (cert === undefined || key === undefined) return { ca: authorities };
  const chain = readFile(cert, options.cert);
  const [own] = certificatesOf(chain, `${options.cert}: ${cert}`);
  const keyText = readFile(key, options.key);
  const privateKey = keyOf(keyText, `${options.key}: ${key}`);
  if (own?.checkPrivateKey(privateKey) !== true) {
    throw new ContractError(
      'tls-file',
      `${options.key}: ${key} is not the key of the first certificate in ${cert} (${options.cert})`,
    );
  }
  return { ca: authorities, cert: chain, key: keyText };
}

function readFile(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ContractError('tls-file', `${option}: ${path} cannot be read: ${reason}`);
  }
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @throws ContractError (tls-file) for a text without a certificate, or with an invalid one */
function certificatesOf(text: string, place: string): X509Certificate[] {
  const parts = text.match(pemCertificate);
  if (parts === null) {
    const found = text.includes('PRIVATE KEY-----') ? ', but a private key' : '';
    throw new ContractError('tls-file', `${place} has no certificate in PEM${found}`);
  }
  return parts.map((part, index) => {
    try {
      return new X509Certificate(part);
    } catch {
      throw new ContractError('tls-file', `${place}: certificate ${index + 1} is damaged`);
    }
  });
}

function keyOf(text: string, place: string): ReturnType<typeof createPrivateKey> {
  if (!text.includes('PRIVATE KEY-----')) {
    const found = text.includes('-----BEGIN CERTIFICATE') ? ', but a certificate' : '';
    throw new ContractError('tls-file', `${place} has no private key in PEM${found}`);
  }
  try {
    return createPrivateKey(text);
  } catch {
    const reason = text.includes('ENCRYPTED')
      ? 'is encrypted; write the key without a passphrase'
      : 'has a damaged private key';
    throw new ContractError('tls-file', `${place} ${reason}`);
  }
}
