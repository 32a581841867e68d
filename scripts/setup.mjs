// The system packages the tests need: compilers, and the tools that serve as oracles. Installs what is missing when it
// runs as root or sudo asks for no password; otherwise prints the one line to run and ends with 1. Nothing is skipped
// for want of a tool. Uses Node's own modules only, for it runs before `npm ci`.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What shows that a package is there: any of these programs on PATH, or any of these files. */
const needs = [
  { package: 'gcc', programs: ['gcc'] },
  { package: 'libc6-dev', files: ['/usr/include/stdio.h'] },
  { package: 'g++', programs: ['g++'] },
  { package: 'binutils', programs: ['readelf', 'objcopy'] },
  { package: 'clang', programs: ['clang', 'clang++'] },
  { package: 'libc++-dev', files: ['/usr/lib/x86_64-linux-gnu/libc++.so'] },
  { package: 'llvm', programs: ['llvm-dwarfdump'] },
  { package: 'lld', programs: ['ld.lld'] },
  { package: 'clang-format', programs: ['clang-format'] },
  { package: 'rustc', programs: ['rustc'] },
  { package: 'musl-tools', programs: ['musl-gcc'] },
  { package: 'gdb', programs: ['gdb'] },
  { package: 'strace', programs: ['strace'] },
  { package: 'bsdutils', programs: ['script'] },
  { package: 'dwz', programs: ['dwz'] },
  { package: 'libc6-dbg', files: ['/usr/lib/debug/.build-id'] },
  { package: 'fonts-dejavu-core', files: ['/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'] },
  {
    package: 'chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    any: true,
    variable: 'CHROMIUM',
  },
];

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isThere({ programs, files, any, variable }) {
  if (variable !== undefined && process.env[variable]) return true;
  if (files) return files.some((file) => existsSync(file));
  return any ? programs.some(onPath) : programs.every(onPath);
}

/** Names of the packages that are missing. */
export function missingPackages() {
  return needs.filter((need) => !isThere(need)).map((need) => need.package);
}

function run(command, args) {
  console.log(`$ ${[command, ...args].join(' ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env: environment }).status === 0;
}

/** The words before a command that make it run as root: none for root, sudo where it asks nothing, else undefined. */
function asRoot() {
  if (process.getuid() === 0) return [];
  const sudo = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
  return sudo.status === 0 ? ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'] : undefined;
}

/**
 * Sees to it that everything is there: all packages, or those of `only`. Returns false, having said what to do, when
 * it cannot.
 */
export function setUp({ only, whoNeeds = 'The tests need' } = {}) {
  const [major] = process.versions.node.split('.');
  if (Number(major) < 20) {
    console.error(`Node.js 20 or later is needed; this is ${process.version}. See https://nodejs.org/en/download`);
    return false;
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.error(`Linux on x86-64 is needed; this is ${process.platform} on ${process.arch}.`);
    return false;
  }
  const stillMissing = () => missingPackages().filter((name) => !only || only.includes(name));
  const missing = stillMissing();
  if (missing.length === 0) return true;
  const line = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const prefix = asRoot();
  if (prefix === undefined || !onPath('apt-get')) {
    console.error(`${whoNeeds} packages that are not installed (${missing.join(', ')}). Run:\n\n  ${sudoLine(line)}\n`);
    return false;
  }
  console.log(`Installing system packages: ${missing.join(' ')}`);
  const aptGet = (...args) => {
    const [command, ...rest] = [...prefix, 'apt-get', ...args];
    return run(command, rest);
  };
  aptGet('update', '-qq');
  const installed = aptGet('install', '-y', '-qq', '--no-install-recommends', ...missing);
  const still = stillMissing();
  if (installed && still.length === 0) return true;
  console.error(`These are still missing: ${still.join(', ')}. Run, and see what it says:\n\n  ${sudoLine(line)}\n`);
  return false;
}

function sudoLine(line) {
  return `sudo sh -c '${line}'`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exit(setUp() ? 0 : 1);
