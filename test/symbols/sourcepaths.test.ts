/** From paths in debug information to files and back, on real directories. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commonSuffix, type FileNames, SourcePaths } from '../../src/symbols/sourcepaths';

let root: string;

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'sourcepaths-')));
  for (const name of ['project/src/main.c', 'project/src/util/list.c', 'project/lib/list.c', 'other/main.c']) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), '');
  }
  symlinkSync(join(root, 'project'), join(root, 'link'));
  symlinkSync(join(root, 'project/src/main.c'), join(root, 'other/alias.c'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What a module's debug information names. */
function names(...paths: string[]): FileNames {
  return { filesMatching: (name) => paths.filter((path) => basename(path) === name) };
}

const at = (path: string): string => join(root, path);

describe('find', () => {
  it('takes the path itself', () => {
    const match = new SourcePaths().find(at('project/src/main.c'), names(at('project/src/main.c'), '/build/main.c'));
    expect(match).toEqual({ files: [at('project/src/main.c')], shared: Infinity });
  });

  it('normalises what the client sends', () => {
    const match = new SourcePaths().find(at('project/./lib/../src/main.c'), names(at('project/src/main.c')));
    expect(match.files).toEqual([at('project/src/main.c')]);
  });

  it('sees through symlinks to directories and to files, from either side', () => {
    const paths = new SourcePaths();
    expect(paths.find(at('link/src/main.c'), names(at('project/src/main.c'))).shared).toBe(Infinity);
    expect(paths.find(at('project/src/main.c'), names(at('link/src/main.c'))).shared).toBe(Infinity);
    expect(paths.find(at('other/alias.c'), names(at('project/src/main.c'))).files).toEqual([at('project/src/main.c')]);
  });

  it('takes every path that leads to the file', () => {
    const both = [at('project/src/main.c'), at('link/src/main.c')];
    expect(new SourcePaths().find(at('project/src/main.c'), names(...both)).files).toEqual(both);
  });

  it('maps prefixes, the longest first, at component boundaries', () => {
    const paths = new SourcePaths({
      sourceMap: { '/build': at('other'), '/build/project': at('project'), '/buil': '/nowhere' },
    });
    const known = names('/build/project/src/main.c', '/build/main.c', '/builder/project/src/main.c');
    expect(paths.find(at('project/src/main.c'), known).files).toEqual(['/build/project/src/main.c']);
    expect(paths.find(at('other/main.c'), known).files).toEqual(['/build/main.c']);
  });

  it('maps to files that are not there yet', () => {
    const paths = new SourcePaths({ sourceMap: { '/build': '/not/there' } });
    expect(paths.find('/not/there/x.c', names('/build/x.c', '/elsewhere/x.c')).files).toEqual(['/build/x.c']);
  });

  it('takes a moved source by its last components, the most of them', () => {
    const known = names('/build/project/src/util/list.c', '/build/project/lib/list.c');
    const match = new SourcePaths().find(at('project/src/util/list.c'), known);
    expect(match).toEqual({ files: ['/build/project/src/util/list.c'], shared: 4 });
  });

  it('takes a lone basename, but not one of two', () => {
    expect(new SourcePaths().find(at('other/main.c'), names('/build/a/main.c')).files).toEqual(['/build/a/main.c']);
    const known = names('/build/a/main.c', '/build/b/main.c');
    const match = new SourcePaths().find(at('other/main.c'), known);
    expect(match.files).toEqual([]);
    expect(match.ambiguous).toEqual(['/build/a/main.c', '/build/b/main.c']);
  });

  it('does not take a source that is where the debug information says for another of its name', () => {
    expect(new SourcePaths().find(at('other/main.c'), names(at('project/src/main.c'))).files).toEqual([]);
  });

  it('heeds useForBreakpoints', () => {
    const target = { editorPath: at('project'), useForBreakpoints: false };
    const paths = new SourcePaths({ sourceMap: { [at('other')]: target } });
    expect(paths.find(at('project/main.c'), names(at('other/main.c'))).files).toEqual([]);
    expect(
      new SourcePaths({ sourceMap: { '/b': { editorPath: '/e' } } }).find('/e/x.c', names('/b/x.c')).files,
    ).toEqual(['/b/x.c']);
  });
});

describe('toLocal', () => {
  it('prefers the mapped file, then the file itself, then the mapped path, then the path', () => {
    const paths = new SourcePaths({ sourceMap: { '/build': at('project'), [at('other')]: at('project/src') } });
    expect(paths.toLocal('/build/src/main.c')).toBe(at('project/src/main.c'));
    expect(paths.toLocal(at('other/main.c'))).toBe(at('project/src/main.c'));
    expect(paths.toLocal(at('other/alias.c'))).toBe(at('other/alias.c'));
    expect(paths.toLocal('/build/gone.c')).toBe(at('project/gone.c'));
    expect(paths.toLocal('/unknown/gone.c')).toBe('/unknown/gone.c');
  });

  it('accepts pairs, relative targets, ~ and trailing slashes', () => {
    const paths = new SourcePaths({
      sourceMap: [
        ['/a/', 'src/'],
        ['/b', '~'],
        ['.', '/dot'],
      ],
      base: at('project'),
    });
    expect(paths.toLocal('/a/main.c')).toBe(at('project/src/main.c'));
    expect(paths.toLocal('/b/x.c')).toBe(join(homedir(), 'x.c'));
  });

  it('ignores a mapping to null', () => {
    expect(new SourcePaths({ sourceMap: { '/build': null } }).toLocal('/build/x.c')).toBe('/build/x.c');
  });

  it('looks in the roots by the longest tail of at least a directory and a name', () => {
    const paths = new SourcePaths({ roots: [at('project'), at('other')] });
    expect(paths.toLocal('/build/x/src/util/list.c')).toBe(at('project/src/util/list.c'));
    expect(paths.toLocal('/build/x/main.c')).toBe('/build/x/main.c');
  });

  it('shows the file that a breakpoint was matched with', () => {
    const paths = new SourcePaths();
    paths.find(at('other/main.c'), names('/build/a/main.c'));
    expect(paths.toLocal('/build/a/main.c')).toBe(at('other/main.c'));
  });
});

describe('commonSuffix', () => {
  it('counts whole components', () => {
    expect(commonSuffix('/a/b/c.c', '/x/b/c.c')).toBe(2);
    expect(commonSuffix('/a/xb/c.c', '/a/b/c.c')).toBe(1);
    expect(commonSuffix('/a/b.c', '/a/c.c')).toBe(0);
    expect(commonSuffix('/a/b.c', '/a/b.c')).toBe(3);
  });
});
