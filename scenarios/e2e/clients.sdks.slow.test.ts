import { test } from 'vitest';

import { sdkClients } from './support/clients/sdk-clients.ts';
import { observedFile, runInNode } from './support/observe-all.ts';

// Other versions may do other things: the table has those of package.json.
test.skipIf(process.env['SDKS'] === 'newest').concurrent.for(Object.entries(sdkClients))(
  '%s handles every failure as docs/clients.md says',
  // One retry, for a machine that stalled for seconds.
  { timeout: 600_000, retry: 1 },
  async ([name, client], { expect }) => {
    await expect(await observedFile(name, runInNode(client))).toMatchFileSnapshot(
      `support/client-observations/${name}.json`,
    );
  },
);
