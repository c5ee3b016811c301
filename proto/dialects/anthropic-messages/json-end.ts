/** Follows the JSON of a tool call's arguments while it is written. */
export interface JsonEnd {
  add(piece: string): void;
  /** Whether the object has come to its end. Never for a text that is no object. */
  isReached(): boolean;
}

/** Takes time proportional to the text, and does not keep it. */
export function followJson(): JsonEnd {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let isReached = false;
  return {
    add(piece) {
      for (const char of piece) {
        if (isEscaped) isEscaped = false;
        else if (isInString && char === '\\') isEscaped = true;
        else if (char === '"') isInString = !isInString;
        else if (!isInString && (char === '{' || char === '[')) depth += 1;
        else if (!isInString && (char === '}' || char === ']')) {
          depth -= 1;
          isReached ||= depth === 0;
        }
      }
    },
    isReached: () => isReached,
  };
}
