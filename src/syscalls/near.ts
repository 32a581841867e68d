/** Names that are near to one that nobody knows. */

/** Edits that turn one word into the other: insertions, deletions, replacements, and swaps of neighbours. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let [before, previous] = [[] as number[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    [before, previous] = [previous, row];
  }
  return previous[b.length]!;
}

/** Up to three names that are near, nearest first; those that contain the word when none is. */
export function nearNames(word: string, names: Iterable<string>): string[] {
  const wanted = word.toLowerCase().slice(0, 64);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const found: { readonly name: string; readonly far: number }[] = [];
  for (const name of new Set(names)) {
    const plain = name.toLowerCase();
    const far = distance(wanted, plain, limit);
    if (far <= limit) found.push({ name, far });
    else if (wanted.length >= 4 && plain.includes(wanted))
      found.push({ name, far: limit + plain.length - wanted.length });
  }
  found.sort((a, b) => a.far - b.far || a.name.length - b.name.length);
  return found.slice(0, 3).map(({ name }) => name);
}

/** ` Did you mean 'openat' or 'open'?`, or nothing. */
export function suggestion(word: string, names: Iterable<string>): string {
  const near = nearNames(word, names).map((name) => `'${name}'`);
  if (near.length === 0) return '';
  return ` Did you mean ${near.length === 1 ? near[0] : `${near.slice(0, -1).join(', ')} or ${near.at(-1)}`}?`;
}
