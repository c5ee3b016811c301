import { existsSync } from 'node:fs';

import { chromium, type Browser } from 'playwright-core';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** A machine without a browser may skip its tests, unless it was told that they count. */
export const skipsBrowser = !existsSync(executablePath) && process.env['REQUIRE_BROWSER'] !== '1';

/** The system's Chromium, without its requests to update servers, which a closed network refuses. */
export const browserOptions = {
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
};

export function launchBrowser(): Promise<Browser> {
  return chromium.launch(browserOptions);
}
