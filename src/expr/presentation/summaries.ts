/** What a formatter made of a value, in one line. */
import type { Child, Children, Formatted } from '../formatter';
import { brace, bracket, namedPart, TOO_DEEP } from './aggregates';
import { singleLine } from './characters';
import type { Level, Presenter } from './presenter';

/** More equal texts in a row than this are counted. */
const REPEATS = 10;

export function formattedText(presenter: Presenter, formatted: Formatted, level: Level): string {
  if (formatted.summary !== undefined) return singleLine(formatted.summary);
  const prefix = singleLine(formatted.prefix ?? '');
  const { children } = formatted;
  if (!children || children.count === 0) return `${prefix}${bracket([], level.language)}`;
  if (level.depth >= presenter.limits.depth) return prefix + TOO_DEEP;
  const parts = childTexts(presenter, children, { ...level, depth: level.depth + 1 });
  return prefix + (children.kind === 'indexed' ? bracket : brace)(parts, level.language);
}

function childTexts(presenter: Presenter, children: Children, level: Level): string[] {
  const { kind } = children;
  const texts: string[] = [];
  for (const child of children.slice(0, Math.min(children.count, presenter.limits.summaryItems))) {
    if (!presenter.takePart()) break;
    texts.push(childText(presenter, child, kind === 'indexed' ? texts.length : undefined, level));
  }
  const isCut = texts.length < children.count;
  return [...withRunsCounted(texts), ...(isCut ? ['...'] : [])];
}

function withRunsCounted(texts: readonly string[]): string[] {
  const parts: string[] = [];
  for (let index = 0; index < texts.length;) {
    let end = index + 1;
    while (texts[end] === texts[index]) end++;
    if (end - index > REPEATS) parts.push(`${texts[index]} <repeats ${end - index} times>`);
    else parts.push(...texts.slice(index, end));
    index = end;
  }
  return parts;
}

/** The text of a child; its name goes before it unless it is the index that its place tells. */
function childText(presenter: Presenter, child: Child, index: number | undefined, level: Level): string {
  const text = typeof child.value === 'string' ? singleLine(child.value) : presenter.nested(child.value, level);
  if (index !== undefined && child.name === `[${index}]`) return text;
  return namedPart(singleLine(child.name), text, level.language);
}
