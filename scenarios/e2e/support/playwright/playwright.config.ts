import { defineConfig } from '@playwright/test';

import { browserOptions } from '../../../../reports/testing/browser.ts';

/** Of the run that playwright.browser.test.ts starts; never of one by hand. */
export default defineConfig({
  testDir: '.',
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  timeout: 60_000,
  use: { launchOptions: browserOptions },
});
