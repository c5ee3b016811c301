import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Other mock servers, at the versions that are compared with; none is part of the package. */
const versions = { '@copilotkit/aimock': '1.43.0', '@dwmkerr/mock-llm': '0.1.29' } as const;

export type Peer = keyof typeof versions;

const installLimitMs = 60_000;

/**
 * Installs a peer into a folder of its own, where it is not there yet.
 * @returns its package's folder
 * @throws Error where the registry cannot be reached
 */
export async function installPeer(peer: Peer): Promise<string> {
  const prefix = join('reports', 'out', 'bench-peers', peer.replace(/\W+/g, '-').slice(1));
  const folder = join(prefix, 'node_modules', peer);
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const args = ['install', '--prefix', prefix, '--no-audit', '--no-fund', '--ignore-scripts'];
    await promisify(execFile)('npm', [...args, `${peer}@${versions[peer]}`], {
      timeout: installLimitMs,
    });
  }
  return folder;
}

export function nameWithVersion(peer: Peer): string {
  return `${peer} ${versions[peer]}`;
}
