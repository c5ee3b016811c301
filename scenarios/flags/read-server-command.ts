import { printOptions } from './print-options.ts';
import { readServerOptions, type ServerCommand, type ServerOptions } from './server-flags.ts';
import { unknownVariables } from './unknown-variables.ts';

/**
 * Returns the options of a command, and warns of variables that set nothing. With --print-options it prints the
 * options and returns undefined.
 * @throws RehearsalError (usage) with every wrong flag and variable
 */
export function readServerCommand(flags: object, name: ServerCommand): ServerOptions | undefined {
  for (const warning of unknownVariables(process.env)) {
    process.stderr.write(`rehearsal: ${warning}\n`);
  }
  const options = readServerOptions(flags, name);
  if (Reflect.get(flags, 'printOptions') !== true) return options;
  process.stdout.write(printOptions(options.inForce));
  return undefined;
}
