import { existsSync } from 'node:fs';

const found = ['/usr/bin/curl', '/bin/curl', '/usr/local/bin/curl'].find(existsSync);

/** Without curl its tests are skipped, unless REQUIRE_BROWSER is set. */
export const skipsCurl = found === undefined && process.env['REQUIRE_BROWSER'] !== '1';

export const curl = found ?? 'curl';
