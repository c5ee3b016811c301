import { test } from 'vitest';

import { carefulClients } from './support/clients/careful-clients.ts';
import { runInNode } from './support/observe-all.ts';
import { badCellsOf } from './support/observe-careful.ts';

test.concurrent.for(Object.entries(carefulClients))(
  '%s completes or reports every stream with the additions of docs/clients.md',
  { timeout: 300_000 },
  async ([name, client], { expect }) => {
    expect(await badCellsOf(name, runInNode(client))).toEqual([]);
  },
);
