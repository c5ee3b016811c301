import { defineConfig } from '@playwright/test';

import { browserOptions } from '../../../../reports/testing/browser.ts';

/** Used by playwright.browser.test.ts; not for runs by hand. */
export default defineConfig({
  testDir: '.',
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  timeout: 60_000,
  use: { launchOptions: browserOptions },
});
