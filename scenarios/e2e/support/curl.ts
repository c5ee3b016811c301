import { existsSync } from 'node:fs';

const found = ['/usr/bin/curl', '/bin/curl', '/usr/local/bin/curl'].find(existsSync);

/** A machine without curl may skip its tests, unless it was told that they count. */
export const skipsCurl = found === undefined && process.env['REQUIRE_BROWSER'] !== '1';

export const curl = found ?? 'curl';
