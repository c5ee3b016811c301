import { snippetOf } from './snippets.js';
import { drawTimeline, figuresOf } from './timeline.js';
import { transports } from './transports.js';

/** Faults that are one click away; the rest is one header away (docs/faults.md). */
const faults = {
  'refused (503)': 'refuse',
  'too many requests (429)': { httpStatus: { status: 429, retryAfter: '2s' } },
  'the page of a proxy (502)': { httpStatus: { status: 502, body: 'page' } },
  'an error after some text': { errorStatus: { at: { chars: 60 }, status: 'INTERNAL' } },
  'a pause of 3 s': { stall: { at: { chars: 60 }, for: '3s' } },
  'silence for ever': { silence: { at: { chars: 60 } } },
  'the connection is closed': { dropConnection: { at: { chars: 60 }, midEvent: true } },
  'the connection breaks': { resetConnection: { at: { chars: 60 } } },
  'a body that ends early': { truncate: { at: { chars: 60 } } },
  'JSON that breaks off': { malformedJson: { at: { chars: 60 } } },
  'all of it at once at the end': 'bufferedBody',
};

/** The browser should not drown in what is only looked at. */
const mostRaw = 200_000;

const element = (id) => document.getElementById(id);
const [form, stopButton, startButton] = ['ask', 'stop', 'start'].map(element);
const [answer, outcome, raw, description] = ['answer', 'outcome', 'raw', 'description'].map(
  element,
);

/** What the snippet asks for: what the form says, or what was asked for last. */
let asking;
let scenarios = [];
/** The stream that is looked at. */
let run = null;

await start();

async function start() {
  for (const [label, entry] of Object.entries(faults)) {
    element('fault').add(
      new Option(label, typeof entry === 'string' ? entry : JSON.stringify(entry)),
    );
  }
  try {
    scenarios = await ask('scenarios');
    for (const { name, current } of scenarios) {
      element('scenario').add(new Option(name, name, current, current));
    }
  } catch (error) {
    say('bad', error.message);
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void begin();
  });
  form.addEventListener('input', describe);
  stopButton.addEventListener('click', () => run?.stop());
  element('snippet-kind').addEventListener('input', (event) => {
    // The form goes on to say what was asked for last.
    event.stopPropagation();
    showSnippet();
  });
  addEventListener('resize', draw);
  describe();
}

/** What the form asks for: the same for all transports, so that the plan is that of the stream. */
function question() {
  const value = (id) => element(id).value.trim();
  const query = new URLSearchParams();
  for (const id of ['scenario', 'key', 'seed', 'speed', 'fault']) {
    if (value(id) !== '') query.set(id, value(id));
  }
  const model = value('model') === '' ? {} : { model: value('model') };
  return { query, token: value('token'), body: { prompt: element('prompt').value, ...model } };
}

function describe() {
  const chosen = scenarios.find(({ name }) => name === element('scenario').value);
  description.textContent = chosen?.description ?? '';
  asking = question();
  showSnippet();
}

function showSnippet() {
  element('snippet').textContent = snippetOf(element('snippet-kind').value, asking);
}

async function begin() {
  run?.stop();
  const asked = question();
  // Without one of its own, a stream could not be told from the next for the same prompt.
  if (!asked.query.has('key')) asked.query.set('key', `play-${Date.now().toString(36)}`);
  asking = asked;
  showSnippet();
  const mine = { text: '', seenMs: [], startMs: performance.now(), over: false, planned: null };
  run = mine;
  [answer, raw, outcome].forEach((part) => (part.textContent = ''));
  startButton.disabled = true;
  stopButton.disabled = false;
  say('', 'Waiting for the first text …');
  try {
    mine.planned = await planOf(asked);
  } catch (error) {
    over(mine, 'bad', error.message);
    return;
  }
  mine.startMs = performance.now();
  mine.stop = transports[element('transport').value](asked, {
    frame(text) {
      if (run === mine && raw.textContent.length < mostRaw) raw.append(text);
    },
    event: (name, data) => onEvent(mine, name, data),
    over: (how, words) => onOver(mine, how, words),
  });
  draw();
}

function onEvent(mine, name, data) {
  if (mine.over || name === 'ping') return;
  let said;
  try {
    said = JSON.parse(data);
  } catch {
    over(
      mine,
      'bad',
      'Broken: an event whose data is no JSON. A good client ends the stream here.',
    );
    return;
  }
  if (name === 'error') {
    over(
      mine,
      'bad',
      `Failed: ${said.code}, ${said.error} (${said.details}). The text before it is worth keeping.`,
    );
    return;
  }
  if (said.delta !== '') {
    mine.seenMs.push(performance.now() - mine.startMs);
    mine.text += said.delta;
    if (run === mine) {
      answer.append(said.delta);
      if (mine.seenMs.length === 1) say('', 'Streaming …');
      requestAnimationFrame(draw);
    }
  }
  if (said.isFinal) {
    over(
      mine,
      'good',
      `Completed: ${[...mine.text].length} characters in ${mine.seenMs.length} messages.`,
    );
  }
}

function onOver(mine, how, words) {
  const said = {
    stopped: 'Stopped by you: the server ends its work as well.',
    refused: `Refused: ${words}.`,
    cut: `Cut: the stream ended without its final message (${words}). It looks like an end, and is none.`,
  };
  over(mine, how === 'stopped' ? '' : 'bad', said[how]);
}

/** The first end counts. */
function over(mine, kind, words) {
  if (mine.over) return;
  mine.over = true;
  mine.stop?.();
  if (run !== mine) return;
  startButton.disabled = false;
  stopButton.disabled = true;
  say(kind, words);
  draw();
}

function say(kind, words) {
  outcome.className = kind;
  outcome.textContent = words;
}

function draw() {
  if (run === null) return;
  drawTimeline(element('timeline'), run);
  element('figures').replaceChildren(
    ...figuresOf(run).map(({ name, value, missed }) => {
      const [row, term, detail] = ['div', 'dt', 'dd'].map((tag) => document.createElement(tag));
      term.textContent = name;
      detail.textContent = value;
      if (missed) detail.className = 'bad';
      row.append(term, detail);
      return row;
    }),
  );
}

/** When the plan has the agent send each chunk with text, in milliseconds after the request. */
async function planOf({ query, body }) {
  const { speed, ...known } = Object.fromEntries(query);
  const plan = await ask(`plan?${new URLSearchParams({ ...known, ...body })}`);
  // The plan is at the scenario's own speed.
  const own = plan.speed === 'instant' ? 1 : plan.speed;
  const factor = speed === undefined ? 1 : speed === 'instant' ? 0 : own / Number(speed);
  return plan.chunks.filter(({ delta }) => delta !== '').map(({ atMs }) => atMs * factor);
}

async function ask(what) {
  const response = await fetch(`/__rehearsal/${what}`);
  const said = await response.json();
  if (!response.ok) throw new Error(said.error);
  return said;
}
