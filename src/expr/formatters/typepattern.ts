/** Patterns for the names of types: exact, with `*` for anything, or a regular expression between slashes. Pure. */

export interface TypePattern {
  /** The captures (what each `*` or group stands for) when the name matches. */
  match(name: string): readonly string[] | undefined;
  /** Captures to try expressions with before there is a type. */
  readonly sample: readonly string[];
}

/** Compilers differ in the spaces they put into names: `vector<int, alloc<int> >` and `vector<int,alloc<int>>` are one. */
function tight(name: string): string {
  return name.replace(/\s*([<>,*&()[\]:])\s*/g, '$1').trim();
}

/** The pattern, or a sentence about what is wrong with it. */
export function compilePattern(text: string): TypePattern | string {
  const slashes = /^\/(.*)\/$/s.exec(text);
  if (slashes) return regularPattern(slashes[1]!);
  if (tight(text) === '') return 'a type pattern cannot be empty';
  const parts = tight(text).split('*');
  if (parts.length === 1) {
    const wanted = tight(text);
    return { match: (name: string) => (tight(name) === wanted ? [] : undefined), sample: [] };
  }
  const source = parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('(.*)');
  const expression = new RegExp(`^${source}$`, 's');
  return { match: (name: string) => expression.exec(tight(name))?.slice(1), sample: parts.slice(1).map(() => 'int') };
}

function regularPattern(source: string): TypePattern | string {
  let expression: RegExp;
  try {
    expression = new RegExp(source, 'su');
  } catch (error) {
    return `the regular expression is not valid: ${(error as Error).message}`;
  }
  // Matching the empty text with an alternative tells how many groups there are.
  const groups = new RegExp(`${source}|`, 'su').exec('')!.length - 1;
  return {
    match: (name: string) => expression.exec(name)?.slice(1),
    sample: Array.from({ length: groups }, () => 'int'),
  };
}
