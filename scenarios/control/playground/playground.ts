import { createAppRequests, type AppRequests } from './app-requests.ts';
import { createForm, type Form } from './form.ts';
import { figuresOf } from './figures.ts';
import { outcomeOf, seconds, titles } from './outcome.ts';
import { page } from './page.ts';
import { isDialect } from './request.ts';
import { startRun, stateOf, type Run } from './run.ts';
import { actOn, fetchListing, findStream, planOf, type HoldAction } from './server.ts';
import { snippetKinds, snippetOf, type SnippetKind } from './snippets.ts';
import { showFigures } from './show-figures.ts';
import { showText } from './show-text.ts';
import { createTimeline } from './timeline.ts';
import type { TextPart } from './transports.ts';

/** More text than a browser shows well. */
const longestRawChars = 200_000;

/** A pause of this length is shown beside the clock. */
const toldPauseMs = 500;

/** The resolution of the clock. */
const tickMs = 100;

let form: Form | undefined;
let appRequests: AppRequests | undefined;
/** Whether somebody pressed the keys before the lists were here. */
let startsWhenOpen = false;
/** The stream on the page. */
let run: Run | undefined;
/** The animation frame that draws next. */
let frame: number | undefined;
/** Draws while nothing arrives. */
let tick: ReturnType<typeof setTimeout> | undefined;
const drawTimeline = createTimeline(page.timeline);

await open();

async function open(): Promise<void> {
  for (const kind of snippetKinds) page.snippetKind.add(new Option(kind, kind));
  page.form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (isOpen()) run?.stop();
    else begin();
  });
  page.form.addEventListener('input', describe);
  page.hold.addEventListener('click', () => void act(run?.isHeld === true ? 'release' : 'hold'));
  page.step.addEventListener('click', () => void act('step'));
  page.snippetKind.addEventListener('input', showSnippet);
  page.copy.addEventListener('click', () => void copySnippet());
  addEventListener('keydown', takeKey);
  addEventListener('resize', draw);
  setInterval(() => void lookForHold(), 500);
  try {
    const opened = createForm(await fetchListing());
    form = opened;
    appRequests = createAppRequests(opened.choice);
    describe();
    page.start.disabled = false;
    if (startsWhenOpen) begin();
  } catch (error) {
    page.outcome.textContent = `The server does not answer: ${messageOf(error)}`;
  }
}

function isOpen(): boolean {
  return run !== undefined && run.ending === undefined;
}

/** Ctrl+Enter starts another stream; Escape stops the one that is open. */
function takeKey(event: KeyboardEvent): void {
  if (event.key === 'Escape' && isOpen()) run?.stop();
  else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) begin();
  else return;
  event.preventDefault();
}

function describe(): void {
  if (form === undefined) return;
  page.description.textContent = form.describe();
  page.requestSummary.textContent = form.summary();
  showSnippet();
}

function showSnippet(): void {
  if (form === undefined) return;
  // The options of the page are the keys of the snippets.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const kind = page.snippetKind.value as SnippetKind;
  page.snippet.textContent = snippetOf(kind, form.format(), form.request());
}

function begin(): void {
  if (form === undefined) {
    startsWhenOpen = true;
    return;
  }
  // A field that is folded away cannot say what is wrong with it.
  if (!page.form.checkValidity()) page.requestFold.open = true;
  if (!page.form.reportValidity()) return;
  run?.stop();
  const request = form.request();
  // A key of its own gives each start another stream, though the prompt is the same.
  if (!request.query.has('key')) request.query.set('key', `play-${Date.now().toString(36)}`);
  for (const element of [page.answer, page.raw, page.outcome]) element.textContent = '';
  page.question.textContent = request.body.prompt;
  appRequests?.own(request.query.get('key') ?? '');
  const current: Run = startRun({
    request,
    fault: form.faultName(),
    format: form.format(),
    onFrame(text) {
      if (run === current && page.raw.textContent.length < longestRawChars) page.raw.append(text);
    },
    onText(part) {
      if (run === current) addText(part);
    },
    onChange() {
      if (run === current) showState();
    },
  });
  run = current;
  void showPlan(current, isDialect(form.format()));
  showState();
}

/**
 * Draws what was planned. From another host, which may not use the control interface, the timeline has the
 * arrivals alone, and no stream can be held.
 */
async function showPlan(current: Run, showsParts: boolean): Promise<void> {
  const limit = AbortSignal.timeout(10_000);
  current.plan = await planOf(current.request, showsParts, limit).catch(() => undefined);
  current.mayHold = current.plan !== undefined;
  if (run === current) showState();
}

/** Adds text to the part of its kind, which begins anew after another kind; a tool call stays one part. */
function addText(part: TextPart): void {
  const call = part.kind === 'toolCall' ? `${part.index}` : '';
  const { lastElementChild: last } = page.answer;
  const open =
    part.kind === 'toolCall'
      ? page.answer.querySelector(`[data-call="${call}"]`)
      : last?.className === part.kind && last;
  if (open) {
    open.append(part.text);
    return;
  }
  const element = document.createElement('span');
  element.className = part.kind;
  if (call !== '') element.dataset['call'] = call;
  element.append(part.text);
  page.answer.append(element);
}

/** Holds the open stream, sends one more of its chunks, or lets it go on. */
async function act(action: HoldAction): Promise<void> {
  const current = run;
  if (current === undefined) return;
  try {
    const stream = await findStream(keyOf(current));
    if (stream === undefined) throw new Error('the server has no such stream open');
    await actOn(stream.id, action);
    current.note(action);
    current.isHeld = action !== 'release';
    showState();
  } catch (error) {
    page.outcome.textContent = messageOf(error);
  }
}

const keyOf = (current: Run) => current.request.query.get('key') ?? '';

/** Asks whether a silent stream is held, as a fault may have done. */
async function lookForHold(): Promise<void> {
  const current = run;
  if (current?.mayHold !== true || current.isHeld || pauseOf(current) < toldPauseMs) return;
  const stream = await findStream(keyOf(current)).catch(() => undefined);
  if (current !== run || current.isHeld || stream?.isHeld !== true) return;
  current.note('hold');
  current.isHeld = true;
  showState();
}

/** For how long no text has come, in milliseconds. */
function pauseOf({ endMs, startMs, arrivalsMs }: Run): number {
  return (endMs ?? performance.now() - startMs) - (arrivalsMs.at(-1) ?? 0);
}

/** Shows in what state the stream is: on the buttons, and in words. */
function showState(): void {
  if (run === undefined) return;
  const state = stateOf(run);
  const isEnded = run.ending !== undefined;
  page.start.textContent = isEnded ? 'Start again' : 'Stop';
  const hadFocus = page.holding.contains(document.activeElement);
  page.holding.hidden = isEnded || !run.mayHold;
  page.hold.textContent = state === 'held' ? 'Resume' : 'Hold';
  page.step.hidden = state !== 'held';
  // A button that goes away must not take the focus along.
  if (hadFocus) (page.holding.hidden ? page.start : focusedOrHold()).focus();
  document.body.dataset['state'] = state;
  showText(page.status, titles[state]);
  showText(page.outcome, outcomeOf(run));
  scheduleDraw();
}

function focusedOrHold(): HTMLButtonElement {
  return document.activeElement === page.step && !page.step.hidden ? page.step : page.hold;
}

/** Draws once a frame, however many messages arrive in it. */
function scheduleDraw(): void {
  frame ??= requestAnimationFrame(draw);
}

function draw(): void {
  frame = undefined;
  clearTimeout(tick);
  if (run === undefined) return;
  const nowMs = run.endMs ?? performance.now() - run.startMs;
  const pauseMs = pauseOf(run);
  showText(page.clock, seconds(nowMs));
  const isTold = run.ending === undefined && pauseMs >= toldPauseMs;
  showText(page.pause, isTold ? `nothing for ${seconds(pauseMs)}` : '');
  drawTimeline(run, nowMs);
  showFigures(page.figures, figuresOf(run, nowMs));
  // The clock runs, and the pause grows, while nothing arrives.
  if (run.ending === undefined) tick = setTimeout(scheduleDraw, tickMs);
}

async function copySnippet(): Promise<void> {
  const text = page.snippet.textContent;
  try {
    await navigator.clipboard.writeText(text);
    page.copy.textContent = 'Copied';
  } catch {
    // A page that came without TLS from another host may not use the clipboard.
    getSelection()?.selectAllChildren(page.snippet);
    page.copy.textContent = 'Selected: press Ctrl+C';
  }
  setTimeout(() => {
    page.copy.textContent = 'Copy';
  }, 2000);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
