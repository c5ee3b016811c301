import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the gateway in Go. */
export const folder = fileURLToPath(new URL('../../../../examples/go-gateway', import.meta.url));

/** Debian's packages of Go sources. */
const goSources = '/usr/share/gocode/src';

/** Whether its tests are skipped because the tools to build it are missing. */
export const skips = !canBuild() && process.env['REQUIRE_BROWSER'] !== '1';

function canBuild(): boolean {
  try {
    const tools = ['make', 'go', 'protoc', 'protoc-gen-go', 'protoc-gen-go-grpc'];
    execFileSync('which', tools, { stdio: 'ignore' });
  } catch {
    return false;
  }
  const packages = [
    'github.com/gin-gonic/gin',
    'github.com/gorilla/websocket',
    'google.golang.org/grpc',
  ];
  return packages.every((name) => existsSync(`${goSources}/${name}`));
}
