import { existsSync } from 'node:fs';

const found = ['/usr/bin/curl', '/bin/curl', '/usr/local/bin/curl'].find(existsSync);

/** Whether tests with curl are skipped: it is missing, and REQUIRE_BROWSER is not set. */
export const skipsCurl = found === undefined && process.env['REQUIRE_BROWSER'] !== '1';

export const curl = found ?? 'curl';
