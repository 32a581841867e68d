/** Globs over paths: `*` and `?` do not cross `/`, `**` does; `[a-z]` and `[!a-z]` are sets, `{a,b}` alternatives. */

const special = /[\\^$.|+()]/;

/**
 * Compiles a glob. One without a slash is compared with the last part of a path: `*.conf` matches `/etc/ssl/a.conf`.
 * Never throws: what is not closed stands for itself.
 */
export function compileGlob(glob: string): (path: string) => boolean {
  const pattern = new RegExp(`^${translate(glob)}$`, 's');
  if (glob.includes('/')) return (path) => pattern.test(path);
  return (path) => pattern.test(path.slice(path.lastIndexOf('/') + 1)) || pattern.test(path);
}

function translate(glob: string): string {
  let out = '';
  let groups = 0;
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!;
    if (char === '*') {
      if (glob[i + 1] === '*') {
        while (glob[i + 1] === '*') i++;
        out += '.*';
      } else {
        out += '[^/]*';
      }
    } else if (char === '?') {
      out += '[^/]';
    } else if (char === '[') {
      const end = glob.indexOf(']', i + 2);
      if (end < 0) {
        out += '\\[';
        continue;
      }
      out += setOf(glob.slice(i + 1, end));
      i = end;
    } else if (char === '{' && glob.indexOf('}', i) > 0) {
      out += '(?:';
      groups++;
    } else if (char === '}' && groups > 0) {
      out += ')';
      groups--;
    } else if (char === ',' && groups > 0) {
      out += '|';
    } else if (char === '\\' && i + 1 < glob.length) {
      out += escape(glob[++i]!);
    } else {
      out += escape(char);
    }
  }
  return out + ')'.repeat(groups);
}

const escape = (char: string): string => (special.test(char) || '[]{}*?/'.includes(char) ? `\\${char}` : char);

function setOf(body: string): string {
  const negated = body.startsWith('!') || body.startsWith('^');
  const members = (negated ? body.slice(1) : body)
    .replace(/[\\[\]^]/g, '\\$&')
    .replace(/(.)-(.)/gs, (range, from: string, to: string) => (from <= to ? range : `${from}${to}`));
  return members === '' ? '(?!)' : `[${negated ? '^/' : ''}${members}]`;
}
