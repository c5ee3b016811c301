import { markup, type Markup } from '../../../reports/markup.ts';
import {
  countAnswers,
  type Answer,
  type CheckedClause,
  type CheckReport,
} from '../check-report.ts';
import { answerWords, describePlace, isNotOk, pageOf, summarise, trustNote } from './describe.ts';

/** Allows no script and no other origin. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const style = markup`
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1d1e20; --quiet: #63666b; --rule: #e2e2de; --shade: #f1f1ed;
  --ok: #23734a; --broken: #b3322c; --differs: #9a6300; --other: #63666b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --ink: #e9e7e2; --quiet: #a0a2a5; --rule: #303337; --shade: #1f2226;
    --ok: #6cc596; --broken: #f0857b; --differs: #e0ad4d; --other: #a0a2a5;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 960px; padding: 40px 24px 64px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: break-word;
}
h1 { font-size: clamp(24px, 5vw, 36px); line-height: 1.15; letter-spacing: -.02em; margin: 0 0 8px; }
h2 { font-size: 17px; margin: 36px 0 10px; }
p, dl, pre, ul { margin: 0; } ul { padding: 0; list-style: none; }
a { color: inherit; }
.subject, .says, footer, dt { color: var(--quiet); }
.row { display: grid; grid-template-columns: 6.5em 8em minmax(0, 1fr); gap: 0 16px; }
.row .id, .answer { font-weight: 600; white-space: nowrap; }
.all .row { border-top: 1px solid var(--rule); padding: 5px 0; }
.all .row:last-child { border-bottom: 1px solid var(--rule); }
.answer { color: var(--other); }
.ok .answer { color: var(--ok); } .broken .answer { color: var(--broken); } .differs .answer { color: var(--differs); }
.ok .answer::before { content: "✓ "; } .broken .answer::before { content: "✗ "; } .differs .answer::before { content: "≠ "; }
.wrong { background: var(--shade); border-left: 3px solid var(--other); padding: 12px 16px; margin-top: 12px; }
.wrong.broken { border-color: var(--broken); } .wrong.differs { border-color: var(--differs); }
.wrong .title { font-weight: 600; } .says { margin-top: 4px; }
dl { display: grid; grid-template-columns: 6em minmax(0, 1fr); gap: 4px 16px; margin-top: 8px; }
dd { margin: 0; }
code, pre { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
footer { margin-top: 24px; }
@media (max-width: 600px) {
  body { padding: 24px 16px 40px; }
  .row { grid-template-columns: 6.5em 1fr; } .row .title { grid-column: 1 / -1; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 6px; }
}
`;

/** Renders `check.html`: one file that opens anywhere, offline. */
export function renderCheckHtml(report: CheckReport): string {
  const { broken, differs } = countAnswers(report);
  const wrong = mostSevereFirst(report.clauses.filter(isNotOk));
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${broken > 0 ? `${broken} broken` : differs > 0 ? `${differs} differ` : 'ok'}: ${report.subject} – Rehearsal</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${summarise(report)}</h1>
<p class="subject">${report.subject}${trustNote(report)}, ${report.startedAt.slice(0, 16).replace('T', ' ')} UTC, in ${Math.round(report.durationMs / 1000)} s</p>
</header>
<main>
${wrong.length === 0 ? null : markup`<h2>What is not ok</h2>\n${wrong.map(renderWrong)}`}
<h2>All clauses</h2>
<div class="all">
${report.clauses.map(renderRow)}</div>
</main>
<footer>A clause that is <b>broken</b> is against the specification's own words. One that <b>differs</b> is against a Reading: what this project takes the specification to mean where it is silent, or where its fragments contradict each other. Rehearsal ${report.tool}.</footer>
</body>
</html>
`.markup;
}

const severity: readonly Answer[] = ['broken', 'differs', 'not testable'];

/** Sorts by answer, known failures last. */
function mostSevereFirst(clauses: readonly CheckedClause[]): CheckedClause[] {
  return clauses.toSorted((a, b) => rankOf(a) - rankOf(b));
}

const rankOf = ({ answer, known }: CheckedClause): number =>
  severity.indexOf(answer) + (known ? severity.length : 0);

function renderRow(clause: CheckedClause): Markup {
  const { id, title } = clause;
  const name = isNotOk(clause) ? markup`<a href="#${id}">${id}</a>` : id;
  return markup`<div class="row ${classOf(clause)}"><span class="id">${name}</span>${renderAnswer(clause)}<span class="title">${title}</span></div>
`;
}

const classOf = ({ answer }: CheckedClause): string => answer.replace(' ', '-');

function renderAnswer(clause: CheckedClause): Markup {
  return markup`<span class="answer">${answerWords(clause)}</span>`;
}

function renderWrong(clause: CheckedClause): Markup {
  const { id, title, says, expected, seen, excerpt, probes, again, answer } = clause;
  const place = describePlace(clause);
  return markup`<section class="wrong ${classOf(clause)}" id="${id}">
<div class="row ${classOf(clause)}"><span class="id">${id}</span>${renderAnswer(clause)}<span class="title">${title}</span></div>
<p class="says">${withCode(says)}</p>
<dl>
${expected === null ? null : row('expected', expected)}
${row(answer === 'not testable' ? 'because' : 'seen', seen)}
${place === '' ? null : row('at', place)}
${excerpt === null ? null : row('bytes', markup`<pre>${excerpt.trimEnd()}</pre>`)}
${row('probes', markup`<ul>${probes.map(({ name, does }) => markup`<li><code>${name}</code>: ${does}</li>`)}</ul>`)}
${row('again', markup`<code>${again}</code>`)}
${row('more', markup`<code>${pageOf(clause)}</code> of the package`)}
</dl>
</section>
`;
}

const row = (name: string, content: string | Markup): Markup =>
  markup`<dt>${name}</dt><dd>${content}</dd>`;

/** Returns text with what stands between backticks as code. */
function withCode(text: string): Markup {
  const parts = text.split('`');
  return markup`${parts.map((part, index) => (index % 2 === 1 ? markup`<code>${part}</code>` : part))}`;
}
