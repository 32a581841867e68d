import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardianPath, launcherPath } from '../../src/ptrace/native';

const root = resolve(import.meta.dirname, '../..');
let copy: string;

/** A package of its own, so that the build that is in use stays untouched. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'install-'));
  for (const name of ['native', 'package.json', 'binding.gyp'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});

afterAll(() => {
  rmSync(copy, { recursive: true });
});

function install(args: string[] = [], env: NodeJS.ProcessEnv = {}): { status: number | null; output: string } {
  const result = spawnSync(process.execPath, [join(copy, 'native/install.mjs'), ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return { status: result.status, output: result.stdout + result.stderr };
}

const built = (name: string): string => join(copy, 'build/Release', name);

function objects(): Map<string, number> {
  const directory = built('objects');
  const names = readdirSync(directory).filter((name) => name.endsWith('.o'));
  return new Map(names.map((name) => [name, statSync(join(directory, name)).mtimeMs]));
}

describe('native/install.mjs', { timeout: 300_000 }, () => {
  it('says what is missing without a compiler, and how to get it', () => {
    const { status, output } = install([], { CXX: 'no-such-compiler' });
    expect(status).toBe(1);
    expect(output).toContain("'no-such-compiler' cannot be run");
    expect(output).toContain('sudo apt install g++');
    expect(output).toContain('.vsix');
    expect(existsSync(join(copy, 'build'))).toBe(false);
  });

  it('builds the addon and the programs beside it without a warning, then only what changed', () => {
    expect(install()).toEqual({
      status: 0,
      output:
        'built build/Release/ptrace_native.node\nbuilt build/Release/ptrace-launcher\nbuilt build/Release/ptrace-guardian\n',
    });
    const load = `const native = require(${JSON.stringify(built('ptrace_native.node'))}).create(Error); native.currentCpu()`;
    expect(spawnSync(process.execPath, ['-e', load]).status).toBe(0);
    expect(spawnSync(built('ptrace-launcher')).status).toBe(2);

    const before = objects();
    expect(install(['--force'])).toEqual({ status: 0, output: '' });
    expect(objects()).toEqual(before);

    appendFileSync(join(copy, 'native/demangle.cc'), '// changed\n');
    expect(install(['--force'])).toEqual({ status: 0, output: 'built build/Release/ptrace_native.node\n' });
    const changed = [...objects()].filter(([name, time]) => before.get(name) !== time);
    expect(changed.map(([name]) => name)).toEqual(['demangle.o']);
  });

  it('tells a compile error from success', () => {
    const file = join(copy, 'native/demangle.cc');
    const good = readFileSync(file);
    appendFileSync(file, 'this is no C++\n');
    const { status, output } = install(['--force']);
    expect(status).toBe(1);
    expect(output).toContain('could not be compiled');
    writeFileSync(file, good);
    utimesSync(file, new Date(), new Date());
    expect(install(['--force']).status).toBe(0);
  });

  it('leaves the compiler alone when a prebuilt addon fits', () => {
    const prebuilt = join(copy, 'prebuilds/linux-x64');
    mkdirSync(prebuilt, { recursive: true });
    copyFileSync(join(dirname(launcherPath()), 'ptrace_native.node'), join(prebuilt, 'ptrace-debug.node'));
    // Without the programs beside it, it is half a prebuild.
    expect(install([], { CXX: 'no-such-compiler' }).status).toBe(1);
    copyFileSync(launcherPath(), join(prebuilt, 'ptrace-launcher'));
    expect(install([], { CXX: 'no-such-compiler' }).status).toBe(1);
    copyFileSync(guardianPath(), join(prebuilt, 'ptrace-guardian'));
    expect(install([], { CXX: 'no-such-compiler' })).toEqual({ status: 0, output: '' });
    // One that does not load does not fit.
    writeFileSync(join(prebuilt, 'ptrace-debug.node'), 'garbage');
    chmodSync(join(prebuilt, 'ptrace-debug.node'), 0o755);
    expect(install([], { CXX: 'no-such-compiler' }).status).toBe(1);
  });
});

describe('the sources', () => {
  it('are the same for both ways to build', async () => {
    const { ADDON_SOURCES, PROGRAMS } = (await import(join(root, 'native/build.mjs'))) as {
      ADDON_SOURCES: string[];
      PROGRAMS: Record<string, string[]>;
    };
    const gyp = [...readFileSync(join(root, 'binding.gyp'), 'utf8').matchAll(/"native\/([^"]+\.cc)"/g)].map(
      ([, name]) => name,
    );
    expect(gyp).toEqual(ADDON_SOURCES);
    const present = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.cc'),
    );
    expect([...new Set([...ADDON_SOURCES, ...Object.values(PROGRAMS).flat()])].sort()).toEqual(present.sort());
  });

  it('are formatted', () => {
    const files = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(cc|h)$/.test(name),
    );
    const result = spawnSync('clang-format', ['--dry-run', '--Werror', ...files], {
      cwd: join(root, 'native'),
      encoding: 'utf8',
    });
    if (result.error) throw new Error('clang-format is not installed. Run: sudo apt-get install -y clang-format');
    expect(result.stderr).toBe('');
  });
});
