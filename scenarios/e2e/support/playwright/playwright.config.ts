import { defineConfig } from '@playwright/test';

import { browserOptions } from '../../../../reports/testing/browser.ts';

/** For playwright.browser.test.ts only. */
export default defineConfig({
  testDir: '.',
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  timeout: 60_000,
  use: { launchOptions: browserOptions },
});
