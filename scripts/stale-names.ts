import { posix } from 'node:path';

/** Folders that are made here, and that git does not know. */
const made = ['reports/out', 'dist', 'bench/dist', 'node_modules'];

/**
 * Returns a line for every path from the root, in any text, that names nothing; in documents and comments
 * also for names of sources without their folder. Links are the matter of check-links.ts.
 * @param files every file of the repository, by its path
 * @param texts the text of those that are looked through
 */
export function findStaleNames(
  files: ReadonlySet<string>,
  texts: ReadonlyMap<string, string>,
): string[] {
  const places = placesOf(files);
  const folders = new Set([...places].map((place) => place.split('/')[0] ?? ''));
  const names = new Set([...files].flatMap(endsOf));
  return [...texts].flatMap(([file, text]) => {
    const isDocument = file.endsWith('.md');
    const isScript = /(?:^|\/)(?:Makefile|package\.json)$/.test(file);
    return [
      ...(isScript ? allPathsIn(text) : pathsIn(text))
        .filter((path) => folders.has(path.split('/')[0] ?? '') && !exists(places, path))
        .map((path) => `${file}: there is no ${path}`),
      ...sourceNamesIn(isDocument ? text : commentsOf(text))
        .filter((name) => !names.has(name))
        .map((name) => `${file}: no source is called ${name}`),
    ];
  });
}

/** Every file and every folder. */
function placesOf(files: ReadonlySet<string>): Set<string> {
  const places = new Set(files);
  for (const file of files) {
    for (let dir = posix.dirname(file); dir !== '.'; dir = posix.dirname(dir)) places.add(dir);
  }
  return places;
}

function exists(places: ReadonlySet<string>, path: string): boolean {
  const isMade = made.some((folder) => path === folder || path.startsWith(`${folder}/`));
  if (isMade || places.has(path) || places.has(path.replace(/\.js$/, '.ts'))) return true;
  // Vitest runs every test that begins so.
  return places.has(`${path}.test.ts`);
}

/** `load/request.ts` and `request.ts` for `scenarios/load/request.ts`, and the whole. */
function endsOf(file: string): string[] {
  const parts = file.split('/');
  return parts.map((_, index) => parts.slice(index).join('/'));
}

/** What begins with a folder and has an ending, or ends with a slash. */
function pathsIn(text: string): string[] {
  const found = text.matchAll(
    /(?<![\w./@:$}-])[\w-]+(?:\/[\w.-]+)*(?:\/(?![\w*])|\/[\w-][\w.-]*\.\w+)/g,
  );
  return [...found].map(([path]) => path.replace(/\/$/, ''));
}

/** In what is run, whatever has a slash. */
function allPathsIn(text: string): string[] {
  const found = text.matchAll(/(?<![\w./@:$}-])[\w-]+(?:\/[\w.-]+)+/g);
  return [...found].map(([path]) => path);
}

function commentsOf(text: string): string {
  return (text.match(/^\s*(?:\/\/|\/?\*).*$/gm) ?? []).join('\n');
}

function sourceNamesIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w./-])[\w-]+(?:\/[\w.-]+)*\.ts\b(?!\w)/g)].map(([name]) => name);
}
