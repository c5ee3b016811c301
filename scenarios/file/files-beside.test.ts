import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { isRehearsalError } from '../console/rehearsal-error.ts';
import { readScenario } from './read-scenario.ts';

let above: string;
let folder: string;

beforeAll(async () => {
  above = await mkdtemp(join(tmpdir(), 'rehearsal-beside-'));
  folder = join(above, 'scenarios');
  await mkdir(join(folder, 'texts'), { recursive: true });
  await mkdir(join(above, 'elsewhere'));
  await writeFile(join(above, 'elsewhere', 'secret.txt'), 'secret');
  await writeFile(join(folder, 'story.txt'), '\uFEFFEs war einmal 故事 👍🏽\n');
  await writeFile(join(folder, 'texts', 'poem.txt'), 'Roses are red.');
  await writeFile(join(folder, 'empty.txt'), '');
  await writeFile(join(folder, 'latin1.txt'), Buffer.from([0x63, 0x61, 0x66, 0xe9]));
  await writeFile(join(folder, 'surrogate.txt'), Buffer.from([0x61, 0xed, 0xa0, 0xbd]));
  await writeFile(join(folder, 'long.txt'), 'x'.repeat(1_000_001));
  await writeFile(join(folder, 'huge.txt'), 'x'.repeat(4_000_001));
  await writeFile(join(folder, 'seen.jsonl'), '{"ms":5,"text":"Hel"}\n{"ms":9,"text":"lo"}\n');
  await writeFile(
    join(folder, 'bad.jsonl'),
    '{"ms":5,"text":"Hel"}\n\nhello\n{"ms":4,"text":""}\n',
  );
  await writeFile(
    join(folder, 'traffic.jsonl'),
    '{"timestamp":5,"input_length":7}\n{"timestamp":1205}\n',
  );
  await writeFile(join(folder, 'bad-traffic.jsonl'), '{"timestamp":5}\n{"time":7}\n');
  await symlink('story.txt', join(folder, 'link.txt'));
  await symlink('../elsewhere/secret.txt', join(folder, 'leak.txt'));
  await symlink('../elsewhere', join(folder, 'leaky'));
  await symlink('nowhere.txt', join(folder, 'dangling.txt'));
  execFileSync('/usr/bin/mkfifo', [join(folder, 'pipe.txt')]);
});

afterAll(() => rm(above, { recursive: true }));

async function read(source: string) {
  const file = join(folder, 'test.yaml');
  await writeFile(file, `version: 1\ndescription: a test\n${source}`);
  return readScenario(file);
}

/** The printed problems of a file, without the folder. */
async function problemsOf(source: string): Promise<string[]> {
  try {
    await read(source);
  } catch (error) {
    if (!isRehearsalError(error, 'scenario')) throw error;
    return error.message.replaceAll(`${folder}/`, '').split('\n');
  }
  return [];
}

test('a text from a file is verbatim, without a byte order mark', async () => {
  const { behaviour } = await read('behaviour: { text: { file: story.txt } }\n');
  expect(behaviour.text).toEqual({ given: 'Es war einmal 故事 👍🏽\n' });
});

test('files are read below the folder, through links that stay in it, and in cases', async () => {
  const scenario = await read(
    'behaviour: { text: { file: link.txt } }\n' +
      'cases:\n' +
      '  - { when: { nth: 1 }, behaviour: { text: { file: texts/poem.txt } } }\n' +
      '  - { when: { nth: 2 }, behaviour: { trace: { file: seen.jsonl } } }\n' +
      '  - { when: { nth: 3 }, behaviour: { trace: { file: ./seen.jsonl }, speed: 2 } }\n',
  );
  expect(scenario.behaviour.text).toEqual({ given: 'Es war einmal 故事 👍🏽\n' });
  const given = [
    { ms: 5, text: 'Hel' },
    { ms: 9, text: 'lo' },
  ];
  expect(scenario.cases.map(({ behaviour }) => behaviour)).toMatchObject([
    { text: { given: 'Roses are red.' }, trace: undefined },
    { trace: { given } },
    { trace: { given }, speed: 2 },
  ]);
  expect(scenario.files).toEqual(
    ['test.yaml', 'link.txt', 'texts/poem.txt', 'seen.jsonl'].map((name) => join(folder, name)),
  );
});

test.each([
  ['nowhere.txt', '"nowhere.txt": there is no such file'],
  ['dangling.txt', '"dangling.txt": there is no such file'],
  ['story.txt/x', '"story.txt/x": there is no such file'],
  ['empty.txt', '"empty.txt": the text is empty'],
  ['latin1.txt', '"latin1.txt": it is not UTF-8'],
  ['surrogate.txt', '"surrogate.txt": it is not UTF-8'],
  ['long.txt', '"long.txt": a text has at most 1000000 characters'],
  ['huge.txt', '"huge.txt": it has 4000001 bytes, more than the 4000000 allowed'],
  ['/etc/passwd', '"/etc/passwd": this is an absolute path; name a file in the scenario\'s folder'],
  ["'C:\\x.txt'", '"C:\\x.txt": this is an absolute path; name a file in the scenario\'s folder'],
  [
    '../elsewhere/secret.txt',
    '"../elsewhere/secret.txt": this leads out of the scenario\'s folder',
  ],
  ['texts/../story.txt', '"texts/../story.txt": this leads out of the scenario\'s folder'],
  ["'..\\secret.txt'", '"..\\secret.txt": this leads out of the scenario\'s folder'],
  ['leak.txt', '"leak.txt": this is a link that leads out of the scenario\'s folder'],
  [
    'leaky/secret.txt',
    '"leaky/secret.txt": this is a link that leads out of the scenario\'s folder',
  ],
  ['texts', '"texts": this is a folder'],
  ['pipe.txt', '"pipe.txt": this is a device, a pipe or a socket, not a file'],
  ['"a\\0b"', '"a\uFFFDb": there is no such file'],
])('a text from %s is refused at its position', async (name, why) => {
  const [problem, ...others] = await problemsOf(`behaviour:\n  text:\n    file: ${name}\n`);
  const [, place, message] =
    /^(test\.yaml:5:5): behaviour\.text\.file: (.*)$/.exec(problem ?? '') ?? [];
  expect([place, message, others]).toEqual(['test.yaml:5:5', why, []]);
});

test('a bad line of a trace is reported once, at its position in the trace, with all other problems', async () => {
  const source =
    'behaviour: { trace: { file: bad.jsonl } }\n' +
    'cases:\n' +
    '  - { when: { nth: 1 }, behaviour: { trace: { file: empty.txt } } }\n' +
    '  - { when: { nth: 2 }, behaviour: { trace: { file: ./bad.jsonl } } }\n';
  expect(await problemsOf(source)).toEqual([
    'bad.jsonl:3:1: not JSON; a line is a chunk: {"ms": 312, "text": "Hel"}',
    'bad.jsonl:4:1: ms: 4 is before the chunk above, at 5; sort the chunks by time',
    'empty.txt:1:1: a trace has at least one chunk',
  ]);
});

test('a trace beside a text is refused with a reason', async () => {
  const source = 'behaviour: { trace: { file: seen.jsonl }, text: { given: a } }\n';
  expect(await problemsOf(source)).toEqual([
    'test.yaml:3:43: behaviour.text: a trace has its own text, chunks and times: leave out text or the trace',
  ]);
});

test('a traffic trace is read into the load, which is as long as the trace', async () => {
  const { load, files } = await read('load: { arrivals: { trace: traffic.jsonl } }\n');
  expect(load).toMatchObject({
    arrivals: {
      law: 'trace',
      trace: { given: [{ dueAtMs: 0, promptTokens: 7 }, { dueAtMs: 1200 }] },
    },
    rampMs: 0,
    warmUpMs: 0,
    windowMs: 1201,
  });
  expect(files).toContain(join(folder, 'traffic.jsonl'));
});

test('a wrong traffic trace is named with its line, also beside other mistakes', async () => {
  const problem = 'bad-traffic.jsonl:2:1: timestamp: is missing';
  expect(await problemsOf('load: { arrivals: { trace: bad-traffic.jsonl } }\n')).toEqual([problem]);
  expect(
    await problemsOf('load: { arrivals: { trace: bad-traffic.jsonl }, lode: 5 }\n'),
  ).toContainEqual(problem);
  expect(await problemsOf('load: { arrivals: { trace: ../x.jsonl } }\n')).toEqual([
    expect.stringContaining('load.arrivals.trace: "../x.jsonl": this leads out'),
  ]);
});
