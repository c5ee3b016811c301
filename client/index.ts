/** The other end of the gateway's interface, for browsers and Node: what a frontend may use as it is. */
export { generate } from './generate.ts';
export type { Chunk, Generation } from './generate.ts';
export type { GenerateOptions } from './options.ts';
export { GenerateError } from './generate-error.ts';
export type { GenerateErrorKind } from './generate-error.ts';
