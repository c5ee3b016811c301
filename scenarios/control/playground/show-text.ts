/** Sets the text of an element, unless it has it: an equal text would be laid out and read aloud again. */
export function showText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
