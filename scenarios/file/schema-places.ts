import { z } from 'zod';

import { describeKeys } from './describe-keys.ts';
import { scenarioSchema } from './scenario.ts';

/** The parts of a JSON Schema that lead to keys. */
interface Place {
  properties?: Record<string, Place>;
  items?: Place;
  anyOf?: Place[];
  allOf?: Place[];
}

/** A URN, so that no tool tries to fetch it. */
const schemaId = 'urn:rehearsal:scenario:1';

/** Returns the JSON Schema (draft 7) of scenario files, for completion in editors. */
export function scenarioJsonSchema(): object {
  const schema = z.toJSONSchema(scenarioSchema, {
    io: 'input',
    target: 'draft-7',
    // Zod leaves out what `meta` states as the default of a value that is transformed.
    override({ zodSchema, jsonSchema }) {
      const stated = z.globalRegistry.get(zodSchema)?.default;
      if (stated !== undefined) jsonSchema.default ??= stated;
    },
  });
  describeKeys(schema);
  return { $id: schemaId, title: 'Rehearsal scenario', ...schema };
}

let root: Place | undefined;

/** Returns the keys that a map may have at a path of a scenario; empty if no map is allowed there. */
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

/** Returns a place with its alternatives. */
function branches(place: Place): Place[] {
  const { anyOf = [], allOf = [] } = place;
  return [place, ...[...anyOf, ...allOf].flatMap(branches)];
}
