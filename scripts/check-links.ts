/** Fails if a document links to a file or a heading that does not exist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import GithubSlugger from 'github-slugger';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';

import { repositoryFiles } from './repository-files.ts';

/** The links of a document, and the anchors of its headings. */
interface Page {
  links: string[];
  anchors: Set<string>;
}

const documents = repositoryFiles('*.md');

const pages = new Map(documents.map((file) => [file, readPage(file)]));
const problems = documents.flatMap((file) =>
  (pages.get(file)?.links ?? []).flatMap((link) => {
    const problem = problemOf(file, link);
    return problem === undefined ? [] : [`${file}: ${link}: ${problem}`];
  }),
);
if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exit(1);
}

function readPage(file: string): Page {
  const html = micromark(readFileSync(file, 'utf8'), {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
  const slugger = new GithubSlugger();
  return {
    links: [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link = '']) =>
      link.replaceAll('&amp;', '&'),
    ),
    anchors: new Set(
      [...html.matchAll(/<h[1-6]>(.*?)<\/h[1-6]>/gs)].map(([, heading = '']) =>
        slugger.slug(textOf(heading)),
      ),
    ),
  };
}

function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

/** Returns the problem of a relative link; links to other sites are not checked. */
function problemOf(file: string, link: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)));
  if (!existsSync(target)) return 'no such file';
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return pages.get(target)?.anchors.has(anchor) === true ? undefined : 'no such heading';
}
