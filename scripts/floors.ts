import { posix } from 'node:path';

/** The import rules: the two tables of docs/architecture.md. */
export interface Floors {
  /** Folder → the folders that it may import. */
  folders: Map<string, Set<string>>;
  /**
   * Folder → its rows of rooms, from the top. `http/` is a folder, `hooks.ts` a file, `*.ts` every file of
   * the folder itself that no row names.
   */
  rooms: Map<string, string[][]>;
}

/** Path from the root → the text of the source. */
export type Sources = ReadonlyMap<string, string>;

const rulesAt = '(docs/architecture.md)';

/** @throws Error if a table is missing */
export function readFloors(markdown: string): Floors {
  const folders = new Map<string, Set<string>>();
  for (const [, folder = '', , allowed = ''] of rowsOf(markdown, ['floor', 'folder'])) {
    folders.set(nameIn(folder), new Set(namesIn(allowed).map(withoutSlash)));
  }
  const rooms = new Map<string, string[][]>();
  for (const [folder = '', names = ''] of rowsOf(markdown, ['folder', 'rooms'])) {
    const name = nameIn(folder);
    rooms.set(name, [...(rooms.get(name) ?? []), namesIn(names)]);
  }
  return { folders, rooms };
}

/** Returns a line for every forbidden import, every cycle, every file without a room and every room without a file. */
export function findViolations(floors: Floors, sources: Sources): string[] {
  const imports = new Map(
    [...sources].map(([file, text]) => [
      file,
      // Text that only looks like an import has no source as its target; tsc reports missing modules.
      importsOf(file, text).filter((target) => sources.has(target)),
    ]),
  );
  return [
    ...[...imports].flatMap(([file, targets]) => [
      ...misplaced(floors, file),
      ...targets.flatMap((target) => forbidden(floors, file, target)),
    ]),
    ...emptyRooms(floors, [...sources.keys()]),
    ...cyclesIn(imports),
  ];
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Returns the cells of each row of the table whose header starts with these words. */
function rowsOf(markdown: string, header: string[]): string[][] {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => {
    const cells = cellsOf(line);
    return header.every((word, index) => cells[index] === word);
  });
  if (start < 0) throw new Error(`docs/architecture.md has no table of ${header.join(' and ')}`);
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines.slice(start + 2, length < 0 ? undefined : start + length).map(cellsOf);
}

const namesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
const withoutSlash = (name: string) => name.replace(/\/$/, '');
const nameIn = (cell: string) => withoutSlash(namesIn(cell)[0] ?? '');

/** Returns the targets of static, dynamic and type imports; relies on oxfmt for their form. */
function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|^import|\bimport\()\s*'(\.{1,2}\/[^']+)'/gm)].map(
    ([, path = '']) => posix.join(posix.dirname(file), path),
  );
}

const isTestCode = (file: string) => /\.(?:test|spec)\.ts$|\/(?:testing|e2e)\//.test(file);

const folderOf = (file: string) => file.split('/')[0] ?? '';

function roomOf({ rooms }: Floors, file: string): string {
  const [folder = '', room = '', ...rest] = file.split('/');
  if (rest.length > 0) return `${room}/`;
  return rooms.get(folder)?.flat().includes(room) === false ? '*.ts' : room;
}

function rowOf(floors: Floors, file: string): number | undefined {
  const rows = floors.rooms.get(folderOf(file)) ?? [];
  const row = rows.findIndex((names) => names.includes(roomOf(floors, file)));
  return row === -1 ? undefined : row;
}

function misplaced(floors: Floors, file: string): string[] {
  const folder = folderOf(file);
  if (!floors.folders.has(folder)) return [`${file}: ${folder}/ is in no table ${rulesAt}`];
  if (isTestCode(file) || !floors.rooms.has(folder) || rowOf(floors, file) !== undefined) return [];
  return [`${file}: ${folder}/ has no room for it ${rulesAt}`];
}

function forbidden(floors: Floors, file: string, target: string): string[] {
  const imported = `${file} imports ${target}`;
  const [from, to] = [folderOf(file), folderOf(target)];
  if (!isTestCode(file) && isTestCode(target) && from !== 'scripts') {
    return [`${imported}: only tests may import test code`];
  }
  if (from !== to) {
    if (floors.folders.get(from)?.has(to)) return [];
    return [`${imported}: ${from}/ may not import ${to}/ ${rulesAt}`];
  }
  // Tests may import any room of their folder.
  if (isTestCode(file) || roomOf(floors, file) === roomOf(floors, target)) return [];
  const [row, below] = [rowOf(floors, file), rowOf(floors, target)];
  if (row === undefined || below === undefined || below > row) return [];
  const relation = below === row ? 'stands beside' : 'stands below';
  const rooms = `${roomOf(floors, file)} ${relation} ${roomOf(floors, target)}`;
  return [`${imported}: in ${from}/, ${rooms} ${rulesAt}`];
}

function emptyRooms(floors: Floors, files: string[]): string[] {
  const present = new Set(files.map((file) => `${folderOf(file)}/${roomOf(floors, file)}`));
  return [...floors.rooms].flatMap(([folder, rows]) =>
    rows
      .flat()
      .filter((room) => !present.has(`${folder}/${room}`))
      .map((room) => `${folder}/${room}: is in the table, but not in the tree ${rulesAt}`),
  );
}

/** Returns one line for each cycle that a depth-first search finds. */
function cyclesIn(imports: ReadonlyMap<string, string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push(`cycle of imports: ${[...path.slice(start), file].join(' → ')}`);
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of imports.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return cycles;
}
