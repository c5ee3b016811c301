import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';

/**
 * Creates a certificate of this machine and its key, as files in a folder.
 * @throws Error without openssl
 */
export async function createCertificate(folder: string): Promise<{ cert: string; key: string }> {
  const cert = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const args = `req -x509 ${newKey} -days 2 -subj /CN=localhost`.split(' ');
  await promisify(execFile)('openssl', [...args, '-keyout', key, '-out', cert]);
  return { cert, key };
}
