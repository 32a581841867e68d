/**
 * Names for people. C++ names go through a function that the composition root injects (the C++ runtime's
 * `__cxa_demangle`, which this room must not know); Rust names are decoded here.
 */
import { withoutSignature } from './displayname';
import { demangleRustLegacy } from './rustlegacy';
import { demangleRustV0 } from './rustv0';

/** Returns null for a name it cannot demangle. */
export type CppDemangler = (mangled: string) => string | null;

let demangleCpp: CppDemangler = () => null;

/** Names seen lately. Stacks show the same ones at every stop. */
const MAX_CACHED = 8192;
const demangled = new Map<string, string>();
const displayed = new Map<string, string>();

/** Sets the C++ demangler. Without one, C++ names stay as they are. */
export function setCppDemangler(demangler: CppDemangler): void {
  demangleCpp = demangler;
  demangled.clear();
  displayed.clear();
}

/** The full demangled name, with parameters where the mangling has them; the name itself when it is not mangled. */
export function demangle(name: string): string {
  if (!isMangled(name)) return name;
  return cached(demangled, name, (mangled) => {
    const [base, plt] = splitPlt(mangled);
    return (demangleRust(base) ?? demangleCppName(base) ?? base) + plt;
  });
}

/** What a stack frame shows: the qualified name with template arguments, without return type and parameters. */
export function functionDisplayName(name: string): string {
  if (!isMangled(name)) return name;
  return cached(displayed, name, (mangled) => {
    const [base, plt] = splitPlt(mangled);
    const rust = demangleRust(base);
    if (rust !== undefined) return rust + plt;
    const cpp = demangleCppName(base);
    return (cpp === undefined ? base : withoutSignature(cpp)) + plt;
  });
}

/** Whether a symbol's name is in a mangling known here. */
export function isMangled(name: string): boolean {
  return name.startsWith('_Z') || name.startsWith('_R') || name.startsWith('_GLOBAL_') || name.startsWith('___Z');
}

function demangleRust(name: string): string | undefined {
  return demangleRustV0(name) ?? demangleRustLegacy(name);
}

function demangleCppName(name: string): string | undefined {
  const whole = demangleCpp(name);
  if (whole !== null) return whole;
  // Suffixes that compilers add to copies of a function: `.cold`, `.constprop.0`, `.llvm.123`.
  const dot = name.indexOf('.', 2);
  if (dot < 0) return undefined;
  const base = demangleCpp(name.slice(0, dot));
  return base === null ? undefined : `${base} [clone ${name.slice(dot)}]`;
}

function splitPlt(name: string): [base: string, suffix: string] {
  return name.endsWith('@plt') ? [name.slice(0, -4), '@plt'] : [name, ''];
}

function cached(cache: Map<string, string>, name: string, compute: (name: string) => string): string {
  let value = cache.get(name);
  if (value === undefined) {
    value = compute(name);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(name, value);
  }
  return value;
}
