import { listFaults, listScenarios, planTimesOf, type ListedScenario } from './control.ts';
import { elements } from './elements.ts';
import { createFaultMenu } from './fault-menu.ts';
import { messageOf, startRun, type Run, type Verdict } from './run.ts';
import { snippetOf, type SnippetKind } from './snippets.ts';
import { drawTimeline, figuresOf } from './timeline.ts';
import type { GenerationRequest, transports } from './transports.ts';

/** More text than a browser shows well. */
const longestRawChars = 200_000;

const { form, answer, outcome, raw } = elements;

let scenarios: ListedScenario[] = [];
let describeFault = (): string => '';
/** The request that the snippet sends: what the form says, or the last one that was started. */
let shownRequest = readForm();
/** The stream on the page. */
let run: Run | undefined;
/** The animation frame that draws next. */
let frame: number | undefined;

await start();

async function start(): Promise<void> {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    begin();
  });
  form.addEventListener('input', describe);
  elements.stop.addEventListener('click', () => run?.stop());
  elements.snippetKind.addEventListener('input', showSnippet);
  addEventListener('resize', draw);
  try {
    const [listed, faults] = await Promise.all([listScenarios(), listFaults()]);
    scenarios = listed;
    for (const { name, current } of scenarios) {
      elements.scenario.add(new Option(name, name, current, current));
    }
    describeFault = createFaultMenu(elements.fault, faults);
  } catch (error) {
    showOutcome('bad', messageOf(error));
  }
  describe();
}

function readForm(): GenerationRequest {
  const { scenario, key, seed, speed, fault } = elements;
  const query = new URLSearchParams();
  for (const { id, value } of [scenario, key, seed, speed, fault]) {
    if (value.trim() !== '') query.set(id, value.trim());
  }
  const model = elements.model.value.trim();
  const body = { prompt: elements.prompt.value, ...(model === '' ? {} : { model }) };
  return { query, token: elements.token.value.trim(), body };
}

function describe(): void {
  const scenario = scenarios.find(({ name }) => name === elements.scenario.value);
  elements.description.textContent = [scenario?.description, describeFault()]
    .filter(Boolean)
    .join(' ');
  shownRequest = readForm();
  showSnippet();
}

function showSnippet(): void {
  // The options of the page are the keys of the snippets.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const kind = elements.snippetKind.value as SnippetKind;
  elements.snippet.textContent = snippetOf(kind, shownRequest);
}

function begin(): void {
  run?.stop();
  const request = readForm();
  // A key of its own gives each start another stream, though the prompt is the same.
  if (!request.query.has('key')) request.query.set('key', `play-${Date.now().toString(36)}`);
  shownRequest = request;
  showSnippet();
  for (const element of [answer, raw, outcome]) element.textContent = '';
  setRunning(true);
  showOutcome('', 'Waiting for the first text …');
  const current = startRun({
    request,
    // As in `showSnippet`.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    transport: elements.transport.value as keyof typeof transports,
    plan: planTimesOf,
    onFrame(text) {
      if (run === current && raw.textContent.length < longestRawChars) raw.append(text);
    },
    onText(delta) {
      if (run !== current) return;
      answer.append(delta);
      if (current.times.arrivalsMs.length === 1) showOutcome('', 'Streaming …');
      scheduleDraw();
    },
    onEnd(verdict, message) {
      if (run !== current) return;
      setRunning(false);
      showOutcome(verdict, message);
      draw();
    },
  });
  run = current;
}

function setRunning(isRunning: boolean): void {
  elements.start.disabled = isRunning;
  elements.stop.disabled = !isRunning;
}

function showOutcome(verdict: Verdict, message: string): void {
  outcome.className = verdict;
  outcome.textContent = message;
}

/** Draws once a frame, however many messages arrive in it. */
function scheduleDraw(): void {
  if (frame === undefined) frame = requestAnimationFrame(draw);
}

function draw(): void {
  frame = undefined;
  if (run === undefined) return;
  drawTimeline(elements.timeline, run.times);
  elements.figures.replaceChildren(
    ...figuresOf(run.times).map(({ name, value, isMissed }) => {
      const row = document.createElement('div');
      const term = document.createElement('dt');
      const detail = document.createElement('dd');
      term.textContent = name;
      detail.textContent = value;
      if (isMissed) detail.className = 'bad';
      row.append(term, detail);
      return row;
    }),
  );
}
