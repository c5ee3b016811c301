// oxlint-disable-next-line import/no-unassigned-import -- a polyfill that the next library needs
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';

/** A certificate and its key, in PEM. */
export interface Issued {
  cert: string;
  key: string;
}

interface IssueOptions {
  /** Names and addresses of the host; `127.0.0.1` and `localhost` by default. */
  hosts?: readonly string[];
  /** Days from now to its end; negative for a certificate that has expired. */
  days?: number;
}

/** A private authority, for tests. */
export interface Authority {
  /** Its certificate in PEM. */
  ca: string;
  issue(options?: IssueOptions): Promise<Issued>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

let serialNumber = 1;

export async function createAuthority(name = 'authority'): Promise<Authority> {
  const { publicKey, privateKey } = await createKeys();
  const issuer = `CN=${name}`;
  const own: X509Certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: nextSerialNumber(),
    name: issuer,
    ...validity(365),
    keys: { publicKey, privateKey },
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    ca: own.toString('pem'),
    async issue({ hosts = ['127.0.0.1', 'localhost'], days = 30 } = {}) {
      const keys = await createKeys();
      const certificate = await X509CertificateGenerator.create({
        serialNumber: nextSerialNumber(),
        subject: `CN=${hosts[0]}`,
        issuer,
        ...validity(days),
        publicKey: keys.publicKey,
        signingKey: privateKey,
        signingAlgorithm: algorithm,
        extensions: [
          new SubjectAlternativeNameExtension(
            hosts.map((value) => ({
              type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
              value,
            })),
          ),
        ],
      });
      return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
    },
  };
}

const createKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

const nextSerialNumber = () => (serialNumber += 1).toString(16).padStart(4, '0');

/** Returns a period that contains now, or ended some days ago. */
function validity(days: number) {
  const nowMs = Date.now();
  return {
    notBefore: new Date(nowMs + Math.min(days, 0) * dayMs - 30 * dayMs),
    notAfter: new Date(nowMs + days * dayMs),
  };
}

async function pemOf(key: CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = base64.replaceAll(/.{64}/g, '$&\n').trim();
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}
