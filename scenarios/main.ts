#!/usr/bin/env node

import { runCommandLine } from './command-line.ts';
import { exitCodes } from './console/exit-codes.ts';
import { outlivesHangUp } from './console/hang-up.ts';

// Before anything is loaded: a terminal may be closed at any time.
if (outlivesHangUp) process.on('SIGHUP', () => {});

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has read enough (`| head`) is no failure: the command goes on and keeps its exit code.
  if (error.code === 'EPIPE') return;
  process.stderr.write(`rehearsal: standard output cannot be written: ${error.message}\n`);
  process.exit(exitCodes.usage);
});

await runCommandLine(process.argv.slice(2));
