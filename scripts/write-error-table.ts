/** Writes the table of errors in `docs/protocol.md` anew: `npm run generate`. */
import { readFileSync, writeFileSync } from 'node:fs';

import { status } from '@grpc/grpc-js';

import { errorKinds } from '../gateway/errors.ts';

const file = new URL('../docs/protocol.md', import.meta.url);

const rows = Object.entries(errorKinds).map(([code, kind]) => {
  const grpcStatuses = kind.grpcStatuses.map((grpcStatus) => `\`${status[grpcStatus]}\``);
  return [`\`${code}\``, kind.httpStatus, grpcStatuses.join(', '), kind.when, kind.advice];
});
const table = [
  ['code', 'HTTP', 'gRPC status of the agent', 'when', 'what a client should do'],
  ['---', '---', '---', '---', '---'],
  ...rows,
].map((cells) => `| ${cells.join(' | ')} |`);

const before = readFileSync(file, 'utf8');
const place = /(?<=<!-- written by .* from gateway\/errors\.ts -->\n\n).*?(?=\n\n<!-- end -->)/s;
if (!place.test(before)) throw new Error('docs/protocol.md has no place for the table of errors');
writeFileSync(
  file,
  before.replace(place, () => table.join('\n')),
);
