import { markup, type Markup } from '../../../reports/markup.ts';
import { countAnswers, type CheckedClause, type CheckReport } from '../check-report.ts';
import { describePlace, isNotOk, summarise } from './describe.ts';

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
h1 { font-size: clamp(28px, 6vw, 44px); line-height: 1.15; letter-spacing: -.02em; margin: 0 0 8px; }
h2 { font-size: 17px; margin: 0 0 4px; }
p, dl, blockquote { margin: 0; }
.subject, .says { color: var(--quiet); }
.clause { border-top: 1px solid var(--rule); padding: 14px 0; }
.row { display: grid; grid-template-columns: 8.5em 8em minmax(0, 1fr); gap: 0 16px; }
.row .id { font-weight: 600; }
.answer { font-weight: 600; color: var(--other); }
.ok .answer { color: var(--ok); } .broken .answer { color: var(--broken); } .differs .answer { color: var(--differs); }
.ok .answer::before { content: "✓ "; } .broken .answer::before { content: "✗ "; } .differs .answer::before { content: "≠ "; }
.wrong { background: var(--shade); padding: 12px 16px; margin-top: 10px; }
dl { display: grid; grid-template-columns: 6em minmax(0, 1fr); gap: 4px 16px; margin-top: 8px; }
dt { color: var(--quiet); } dd { margin: 0; }
code, pre { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
main { margin-top: 32px; border-bottom: 1px solid var(--rule); }
footer { margin-top: 24px; color: var(--quiet); }
@media (max-width: 600px) { .row { grid-template-columns: 6em 1fr; } .row .title { grid-column: 1 / -1; } }
`;

/** Renders `check.html`: one file that opens anywhere, offline. */
export function renderCheckHtml(report: CheckReport): string {
  const { broken, differs } = countAnswers(report);
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
<p class="subject">${report.subject}, ${report.startedAt.slice(0, 16).replace('T', ' ')} UTC, in ${Math.round(report.durationMs / 1000)} s</p>
</header>
<main>
${report.clauses.map(renderClause)}
</main>
<footer>A clause that is <b>broken</b> is against the specification's own words. One that <b>differs</b> is against a Reading: what this project takes the specification to mean where it is silent, or where its fragments contradict each other. Rehearsal ${report.tool}.</footer>
</body>
</html>
`.markup;
}

function renderClause(clause: CheckedClause): Markup {
  const { id, title, answer, known } = clause;
  return markup`<section class="clause ${answer.replace(' ', '-')}" id="${id}">
<div class="row"><span class="id">${id}</span><span class="answer">${answer}${known && answer !== 'ok' ? ' (known)' : null}</span><span class="title">${title}</span></div>
${isNotOk(clause) ? renderWrong(clause) : null}
</section>
`;
}

function renderWrong(clause: CheckedClause): Markup {
  const { says, expected, seen, excerpt, probes, again, answer } = clause;
  const place = describePlace(clause);
  return markup`<div class="wrong">
<p class="says">${says}</p>
<dl>
${expected === null ? null : row('expected', expected)}
${row(answer === 'not testable' ? 'because' : 'seen', seen)}
${place === '' ? null : row('at', place)}
${excerpt === null ? null : markup`<dt>bytes</dt><dd><pre>${excerpt}</pre></dd>`}
${row('probes', probes.map(({ name, does }) => `${name}: ${does}`).join('; '))}
<dt>again</dt><dd><code>${again}</code></dd>
</dl>
</div>`;
}

const row = (name: string, text: string): Markup => markup`<dt>${name}</dt><dd>${text}</dd>`;
