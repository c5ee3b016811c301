/**
 * A process that runs a load over each transport, prints the resources left open after each, and should then end
 * by itself. A test runs it: `node --import tsx leak-probe.ts '[{"url": "http://…", "request": {}}]'`.
 */
import { setImmediate } from 'node:timers/promises';

import { z } from 'zod';

import { loadSchema } from '../profile/profile.ts';
import { runLoad } from '../run-load.ts';
import { anyTrust } from '../target/trust.ts';
import { oneEach } from './load-runs.ts';

const loadsSchema = z.array(z.object({ url: z.string(), request: z.unknown() }));

const loads = loadsSchema.parse(JSON.parse(process.argv[2] ?? ''));
const results: { samples: number; httpVersion: string; left: string[] }[] = [];
for (const { url, request } of loads) {
  const { samples, httpVersion } = await runLoad({
    url,
    trust: anyTrust,
    profile: oneEach(20, {
      thinkMs: 0,
      windowMs: 500,
      idleLimitMs: 200,
      request: loadSchema.parse({ request }).request,
    }),
  });
  // Node ends a session of HTTP/2 in the next turn.
  await setImmediate();
  const left = process.getActiveResourcesInfo().filter((name) => !name.startsWith('Pipe'));
  results.push({ samples: samples.length, httpVersion, left });
}
process.stdout.write(JSON.stringify(results));
