/**
 * A value that an option does not take; the message says what to write. Commander recognises it by its code and
 * adds the name of the option. The library reads options too and is installed without commander.
 */
export class InvalidArgumentError extends Error {
  readonly code = 'commander.invalidArgument';
  readonly exitCode = 1;
}
