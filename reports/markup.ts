/** Markup. Only {@link markup} creates it, so that nothing reaches a page unescaped. */
export interface Markup {
  readonly markup: string;
}

/** A value in a template: markup stays, text and numbers are escaped, lists joined, null omitted. */
export type Piece = Markup | string | number | null | readonly Piece[];

/**
 * Template tag for HTML and SVG: `` markup`<p title="${text}">${text}</p>` ``.
 *
 * Every piece that is not markup itself is escaped, for text and for attributes in quotes alike;
 * the attributes of a template must therefore be quoted.
 */
export function markup(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let text = strings[0] ?? '';
  for (const [index, piece] of pieces.entries()) text += render(piece) + (strings[index + 1] ?? '');
  return { markup: text };
}

function render(piece: Piece): string {
  if (piece === null) return '';
  if (typeof piece === 'number') return String(piece);
  if (typeof piece === 'string') return escapeMarkup(piece);
  return 'markup' in piece ? piece.markup : piece.map(render).join('');
}

/** Escapes text for an element's content or a quoted attribute of HTML or SVG. */
export function escapeMarkup(text: string): string {
  return toVisible(text, '\n\t').replace(
    /[&<>"']/g,
    (character) => `&#${character.codePointAt(0)};`,
  );
}

/**
 * Replaces characters that steer a reader instead of being read: control characters, which a
 * terminal obeys, line separators, direction overrides, which make text look like other text, and the
 * two that no XML may have.
 *
 * @param kept control characters to leave as they are
 */
export function toVisible(text: string, kept = ''): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu, (character) =>
    kept.includes(character) ? character : '\uFFFD',
  );
}
