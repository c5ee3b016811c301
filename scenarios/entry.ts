import { fileURLToPath } from 'node:url';

/** The file that a child process starts with: an agent or a gateway, as its start message says. */
export const childEntry = fileURLToPath(
  new URL(`child${import.meta.url.slice(-3)}`, import.meta.url),
);
