import { posix } from 'node:path';

/** Folders of build and run outputs, which git ignores. */
const outputFolders = ['reports/out', 'dist', 'bench/dist', 'node_modules'];

/**
 * Returns a line for every path in a text that does not exist. Paths start at the root; in documents and
 * comments, names of sources without their folder are checked too. check-links.ts checks links.
 * @param files the path of every file of the repository
 * @param texts path → text of the files to check
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

/** Returns every file and every folder. */
function placesOf(files: ReadonlySet<string>): Set<string> {
  const places = new Set(files);
  for (const file of files) {
    for (let dir = posix.dirname(file); dir !== '.'; dir = posix.dirname(dir)) places.add(dir);
  }
  return places;
}

function exists(places: ReadonlySet<string>, path: string): boolean {
  const isOutput = outputFolders.some((folder) => path === folder || path.startsWith(`${folder}/`));
  if (isOutput || places.has(path) || places.has(path.replace(/\.js$/, '.ts'))) return true;
  // vitest takes prefixes of test files as arguments.
  return places.has(`${path}.test.ts`);
}

/** Returns a path and its endings: `scenarios/load/request.ts`, `load/request.ts`, `request.ts`. */
function endsOf(file: string): string[] {
  const parts = file.split('/');
  return parts.map((_, index) => parts.slice(index).join('/'));
}

/** Returns paths of files with an extension, and of folders with a slash at their end. */
function pathsIn(text: string): string[] {
  const found = text.matchAll(
    /(?<![\w./@:$}-])[\w-]+(?:\/[\w.-]+)*(?:\/(?![\w*])|\/[\w-][\w.-]*\.\w+)/g,
  );
  return [...found].map(([path]) => path.replace(/\/$/, ''));
}

/** Returns everything with a slash, for scripts, whose paths may have no extension. */
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
