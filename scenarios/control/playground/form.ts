import type { DialectName } from '../../../proto/dialects/dialect.ts';
import type { Listing } from '../playground-routes.ts';
import { createFaultPicker } from './fault-picker.ts';
import { page } from './page.ts';
import type { Format, GenerationRequest } from './request.ts';
import type { Choice } from './server.ts';

const transports: Record<string, string> = {
  fetch: 'fetch (POST)',
  eventsource: 'EventSource (GET)',
  websocket: 'WebSocket',
};

const dialectTitles: Record<DialectName, string> = {
  'openai-chat': 'OpenAI chat completions',
  'openai-responses': 'OpenAI responses',
  'anthropic-messages': 'Anthropic messages',
  'ai-sdk-ui': 'AI SDK (useChat)',
};

/** The fields that a link to the page may set. The token is not one of them. */
const linked = ['prompt', 'scenario', 'format', 'speed', 'model', 'key', 'seed'] as const;

export interface Form {
  request(): GenerationRequest;
  format(): Format;
  /** The name of the chosen fault; empty for none. */
  faultName(): string;
  /** What another request may get as well. */
  choice(): Choice;
  /** What the chosen scenario and fault are, in words. */
  describe(): string;
  /** The choices that are not on the surface, in words. */
  summary(): string;
}

/** Fills the form with what the server offers and the page's address says. */
export function createForm({ scenarios, faults }: Listing): Form {
  for (const { name, current } of scenarios) {
    page.scenario.add(new Option(name, name, current, current));
  }
  page.format.append(
    optionGroup('The specified interface', Object.entries(transports)),
    optionGroup('Formats of providers, by fetch', Object.entries(dialectTitles)),
  );
  const faultPicker = createFaultPicker(faults);
  const defaults = new Map(linked.map((name) => [name, page[name].value]));
  readAddress();
  page.form.addEventListener('input', writeAddress);

  function readAddress(): void {
    const query = new URLSearchParams(location.search);
    for (const name of linked) {
      const value = query.get(name);
      if (value === null) continue;
      const field = page[name];
      // The server refuses what it does not know, in words.
      const isKnown = !(field instanceof HTMLSelectElement) || hasOption(field, value);
      if (!isKnown && field === page.format) {
        page.outcome.textContent = `The address asks for a format that there is not: ${value}.`;
        continue;
      }
      if (!isKnown) field.add(new Option(value, value));
      field.value = value;
    }
    faultPicker.choose(query.get('fault') ?? '');
  }

  function writeAddress(): void {
    const query = new URLSearchParams();
    for (const name of linked) {
      const { value } = page[name];
      if (value !== defaults.get(name)) query.set(name, value);
    }
    const fault = faultPicker.value();
    if (fault !== '') query.set('fault', fault);
    history.replaceState(null, '', query.size === 0 ? location.pathname : `?${query}`);
  }

  return {
    // The menu has no other values.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    format: () => page.format.value as Format,
    request() {
      const query = new URLSearchParams();
      for (const { id, value } of [page.scenario, page.key, page.seed, page.speed]) {
        if (value.trim() !== '') query.set(id, value.trim());
      }
      const fault = faultPicker.value();
      if (fault !== '') query.set('fault', fault);
      const model = page.model.value.trim();
      const body = { prompt: page.prompt.value, ...(model === '' ? {} : { model }) };
      return { query, token: page.token.value.trim(), body };
    },
    faultName: faultPicker.name,
    choice: () => ({ scenario: page.scenario.value, fault: faultPicker.value() }),
    describe() {
      const scenario = scenarios.find(({ name }) => name === page.scenario.value);
      return faultPicker.describe() || (scenario?.description ?? '');
    },
    summary() {
      const by = page.format.selectedOptions[0]?.text ?? '';
      const speed = page.speed.value === '' ? '' : `, ${page.speed.selectedOptions[0]?.text}`;
      return `${page.scenario.value}, by ${by}${speed}`;
    },
  };
}

function hasOption(menu: HTMLSelectElement, value: string): boolean {
  return [...menu.options].some((option) => option.value === value);
}

function optionGroup(label: string, options: [value: string, text: string][]): HTMLElement {
  const group = document.createElement('optgroup');
  group.label = label;
  group.append(...options.map(([value, text]) => new Option(text, value)));
  return group;
}
