import { execFileSync } from 'node:child_process';

/** Whether tests with nginx are skipped because it is missing. */
export const skipsNginx = !isInstalled() && process.env['REQUIRE_BROWSER'] !== '1';

function isInstalled(): boolean {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
