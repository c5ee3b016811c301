import { z } from 'zod';

import { describeKeys } from './describe-keys.ts';
import { scenarioSchema } from './scenario.ts';

/** As much of a JSON Schema as is needed to walk it. */
interface Place {
  properties?: Record<string, Place>;
  items?: Place;
  anyOf?: Place[];
  allOf?: Place[];
}

/** A name, not an address: nothing is fetched from there. */
const schemaId = 'urn:rehearsal:scenario:1';

/** The JSON Schema (draft 7) of scenario files, from which editors complete them. */
export function scenarioJsonSchema(): object {
  const schema = z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-7' });
  describeKeys(schema);
  return { $id: schemaId, title: 'Rehearsal scenario', ...schema };
}

let root: Place | undefined;

/** Which keys a map may have at a path of a scenario; none where no map may stand. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  root ??= scenarioJsonSchema();
  const keys = placesAt(path, root).flatMap(({ properties = {} }) => Object.keys(properties));
  return [...new Set(keys)];
}

function placesAt(path: readonly PropertyKey[], from: Place): Place[] {
  let places = branches(from);
  for (const key of path) {
    places = places.flatMap(({ properties, items }) => {
      const below = typeof key === 'number' ? items : properties?.[String(key)];
      return below === undefined ? [] : branches(below);
    });
  }
  return places;
}

/** A place with all that may stand there instead. */
function branches(place: Place): Place[] {
  const { anyOf = [], allOf = [] } = place;
  return [place, ...[...anyOf, ...allOf].flatMap(branches)];
}
