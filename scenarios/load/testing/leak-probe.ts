/**
 * A process that runs a load against a URL, prints the resources left open, and should then end by
 * itself. A test runs it: `node --import tsx leak-probe.ts URL`.
 */
import { runLoad } from '../run-load.ts';
import { oneEach } from './load-runs.ts';

const [url = ''] = process.argv.slice(2);
const { samples } = await runLoad({
  url,
  profile: oneEach(20, { thinkMs: 0, windowMs: 500, idleLimitMs: 200 }),
});
const left = process.getActiveResourcesInfo().filter((name) => !name.startsWith('Pipe'));
process.stdout.write(JSON.stringify({ samples: samples.length, left }));
