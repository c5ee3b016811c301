import type { FaultDescription } from '../../../mock-agent/faults/describe-faults.ts';
import { page } from './page.ts';

/** In the middle of the text, where something is on the page already. */
const midway = (name: string) => JSON.stringify({ [name]: { at: { chars: 60 } } });

/** The failures that people meet most: as a request names them, in a few words, and what a client sees. */
const failures = [
  ['', 'nothing', ''],
  [midway('stall'), 'it stalls', 'Text, then nothing for 5 seconds, then the rest.'],
  [midway('silence'), 'it goes silent', 'Text, then nothing more, while the stream stays open.'],
  [midway('cut'), 'it is cut off', 'Text, then the connection closes without a final message.'],
  [midway('error'), 'it fails midway', 'Text, then an error event.'],
  [midway('hold'), 'you hold it', 'Text up to where you hold it, then as you go on.'],
  ['429', '429, too many', 'The status 429, which asks to wait for 2 seconds.'],
  ['529', '529, overloaded', 'The status 529, as of a provider that has too much to do.'],
] as const;

/** The chip that shows every fault. */
const others = 'other';

const groups = { agent: 'Faults of the agent', wire: 'Faults of the wire' };

/** The form of a fault's place, of those that `at` can have. */
const places = ['start', 'end', 'chars', 'chunks', 'time'];

export interface FaultPicker {
  /** The chosen fault as a request names it: a name, or an entry as JSON; empty for none. */
  value(): string;
  /** The name of the chosen fault; empty for none. */
  name(): string;
  choose(value: string): void;
  /** What a client sees; empty for no fault. */
  describe(): string;
}

/** Shows the failures to choose from: the frequent ones at once, all others with their settings. */
export function createFaultPicker(faults: readonly FaultDescription[]): FaultPicker {
  const byName = new Map(
    faults.flatMap((fault) =>
      [fault.name, ...Object.keys(fault.aliases)].map((name) => [name, fault] as const),
    ),
  );
  page.failures.append(
    ...failures.map(([value, words]) => chip(value, words)),
    chip(others, 'something else …'),
  );
  for (const of of ['agent', 'wire'] as const) {
    const group = document.createElement('optgroup');
    group.label = groups[of];
    group.append(
      ...faults.filter((each) => each.of === of).map(({ name }) => new Option(name, name)),
    );
    page.fault.append(group);
  }
  page.fault.addEventListener('input', showSettings);
  page.failures.addEventListener('input', showDetails);
  choose('');

  function showDetails(): void {
    page.faultDetails.hidden = chosenChip() !== others;
  }

  function showSettings(): void {
    const settings = byName.get(page.fault.value)?.settings ?? [];
    page.settings.replaceChildren(...settings.map(settingField));
  }

  function choose(value: string): void {
    const isOffered = failures.some(([each]) => each === value);
    for (const input of page.failures.querySelectorAll('input')) {
      input.checked = input.value === (isOffered ? value : others);
    }
    if (!isOffered) chooseEntry(value);
    else showSettings();
    showDetails();
  }

  function chooseEntry(value: string): void {
    const [name = '', settings] = readEntry(value);
    const known = byName.get(name);
    // A list, or a name that the server may refuse in words, is sent as it is.
    if (known === undefined) page.fault.add(new Option(value, value));
    page.fault.value = known?.name ?? value;
    showSettings();
    fillSettings(settings);
  }

  function chosenFault(): FaultDescription | undefined {
    const [name = ''] = readEntry(chosenChip() === others ? page.fault.value : chosenChip());
    return byName.get(name);
  }

  return {
    choose,
    value() {
      const chip = chosenChip();
      if (chip !== others) return chip;
      const settings = readSettings();
      return settings === undefined
        ? page.fault.value
        : JSON.stringify({ [page.fault.value]: settings });
    },
    name: () => chosenFault()?.name ?? '',
    describe() {
      const [, , sentence] = failures.find(([value]) => value === chosenChip()) ?? [];
      if (sentence !== undefined) return sentence;
      const fault = chosenFault();
      return fault === undefined ? '' : `A client sees: ${fault.clientSees.replaceAll('`', '')}.`;
    },
  };
}

function chosenChip(): string {
  return page.failures.querySelector<HTMLInputElement>('input:checked')?.value ?? '';
}

function chip(value: string, words: string): HTMLElement {
  const label = document.createElement('label');
  const input = document.createElement('input');
  input.type = 'radio';
  input.name = 'failure';
  input.value = value;
  const text = document.createElement('span');
  text.textContent = words;
  label.append(input, text);
  return label;
}

/** A field for a setting; empty means its default. */
function settingField({ name, default: value, choices }: FaultDescription['settings'][number]) {
  const label = document.createElement('label');
  label.textContent = name;
  const asText = value === undefined ? '' : toText(value);
  if (name === 'at') {
    const kind = menu('at-kind', ['', ...places], asText && `default (${asText})`);
    const amount = document.createElement('input');
    amount.dataset['setting'] = 'at-amount';
    amount.placeholder = '40';
    amount.setAttribute('aria-label', 'how far into the stream');
    label.append(kind, amount);
  } else if (choices !== undefined) {
    label.append(menu(name, ['', ...choices.map(String)], asText && `default (${asText})`));
  } else {
    const input = document.createElement('input');
    input.dataset['setting'] = name;
    input.placeholder = asText;
    label.append(input);
  }
  return label;
}

function menu(setting: string, values: readonly string[], unset: string): HTMLSelectElement {
  const select = document.createElement('select');
  select.dataset['setting'] = setting;
  for (const value of values)
    select.add(new Option(value === '' ? unset || 'default' : value, value));
  return select;
}

const toText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function settingInputs(): (HTMLInputElement | HTMLSelectElement)[] {
  return [...page.settings.querySelectorAll<HTMLInputElement>('[data-setting]')];
}

/** Returns the settings that differ from the defaults; undefined if none does. */
function readSettings(): Record<string, unknown> | undefined {
  const given = new Map(
    settingInputs().map(({ dataset, value }) => [dataset['setting'] ?? '', value.trim()]),
  );
  const kind = given.get('at-kind') ?? '';
  const amount = given.get('at-amount') ?? '';
  given.delete('at-kind');
  given.delete('at-amount');
  const entries = [...given]
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [name, read(value)]);
  if (kind === 'start' || kind === 'end') entries.unshift(['at', kind]);
  else if (kind !== '') entries.unshift(['at', { [kind]: read(amount || '40') }]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A number or a boolean where it is one, else the text. */
function read(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function fillSettings(settings: Record<string, unknown>): void {
  const { at, ...others } = settings;
  const [kind, amount] =
    typeof at === 'object' && at !== null ? (Object.entries(at)[0] ?? []) : [at, ''];
  const values: Record<string, unknown> = { ...others, 'at-kind': kind, 'at-amount': amount };
  for (const input of settingInputs()) {
    const value = values[input.dataset['setting'] ?? ''];
    if (value !== undefined) input.value = toText(value);
  }
}

/** Reads a value of `fault`: its name, and its settings if it is an entry. */
function readEntry(value: string): [name: string | undefined, settings: Record<string, unknown>] {
  if (!value.startsWith('{')) return [value, {}];
  try {
    const [first] = Object.entries<unknown>(JSON.parse(value));
    const settings = first?.[1];
    return [first?.[0], typeof settings === 'object' && settings !== null ? { ...settings } : {}];
  } catch {
    return [undefined, {}];
  }
}
