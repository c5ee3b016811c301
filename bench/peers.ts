import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Other mock servers to compare with, by version. They are not part of the package. */
const versions = { '@copilotkit/aimock': '1.43.0', '@dwmkerr/mock-llm': '0.1.29' } as const;

export type Peer = keyof typeof versions;

const installLimitMs = 60_000;

/**
 * Installs a peer into its own folder unless it is installed.
 * @returns the folder of its package
 * @throws Error if the registry cannot be reached
 */
export async function installPeer(peer: Peer): Promise<string> {
  const prefix = join('reports', 'out', 'bench-peers', peer.replace(/\W+/g, '-').slice(1));
  const folder = join(prefix, 'node_modules', peer);
  const isInstalled = await access(folder).then(
    () => true,
    () => false,
  );
  if (!isInstalled) {
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
