/** Finding the fixed elements of the page. */

/** The element with an id; with a class, one of that class. Throws when the page and the script disagree. */
export function element(id: string): HTMLElement;
export function element<T extends HTMLElement>(id: string, type: new () => T): T;
export function element(id: string, type: new () => HTMLElement = HTMLElement): HTMLElement {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`no element ${id}`);
  return found;
}

export function show(id: string, visible: boolean): void {
  element(id).hidden = !visible;
}
