import type { ListedFault } from './control.ts';

const groups = { agent: 'Faults of the agent', wire: 'Faults of the wire' };

/** Adds every fault to a menu; returns a function that describes the chosen one. */
export function createFaultMenu(
  menu: HTMLSelectElement,
  faults: readonly ListedFault[],
): () => string {
  const faultOf = new Map<string, ListedFault>();
  for (const of of ['agent', 'wire'] as const) {
    const group = document.createElement('optgroup');
    group.label = groups[of];
    for (const fault of faults.filter((each) => each.of === of)) {
      for (const example of fault.examples) {
        const option = optionOf(example);
        faultOf.set(option.value, fault);
        group.append(option);
      }
    }
    menu.append(group);
  }
  return () => {
    const fault = faultOf.get(menu.value);
    if (fault === undefined) return '';
    return `With ${fault.name}, a client sees: ${fault.clientSees.replaceAll('`', '')}.`;
  };
}

/** Its value is a name, or an entry as JSON; its label is nearly what a scenario file says. */
function optionOf(example: string | Record<string, unknown>): HTMLOptionElement {
  if (typeof example === 'string') return new Option(example, example);
  const value = JSON.stringify(example);
  const label = value.slice(1, -1).replaceAll('"', '').replaceAll(/[:,]/g, '$& ');
  return new Option(label, value);
}
