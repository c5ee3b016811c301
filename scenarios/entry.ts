import { fileURLToPath } from 'node:url';

/** The file that a process of the command line starts with. */
export const entry = fileURLToPath(new URL(`main${import.meta.url.slice(-3)}`, import.meta.url));
