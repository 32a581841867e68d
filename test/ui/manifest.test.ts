/** package.json against the sources: what it contributes must be what the code has. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { presets } from '../../src/syscalls/inject/presets';

const root = join(import.meta.dirname, '../..');

interface Attribute {
  readonly markdownDescription?: string;
  readonly enum?: readonly unknown[];
  readonly markdownEnumDescriptions?: readonly string[];
}

interface Manifest {
  readonly contributes: {
    readonly debuggers: readonly {
      readonly configurationAttributes: Record<
        'launch' | 'attach',
        { readonly required: readonly string[]; readonly properties: Record<string, Attribute> }
      >;
      readonly configurationSnippets: readonly { readonly body: Record<string, unknown> }[];
    }[];
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Record<string, readonly { readonly command: string }[]>;
    readonly keybindings: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Record<string, object> };
    readonly views: Record<string, readonly { readonly icon: string }[]>;
    readonly grammars: readonly { readonly path: string }[];
    readonly languages: readonly { readonly id: string; readonly configuration: string }[];
  };
  readonly icon: string;
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const { contributes } = manifest;
const { configurationAttributes, configurationSnippets } = contributes.debuggers[0]!;

/** The fields of an interface of src/protocol/arguments.ts, inherited ones included. */
function fieldsOf(name: string): string[] {
  const path = join(root, 'src/protocol/arguments.ts');
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const found = file.statements.find(
    (s): s is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(s) && s.name.text === name,
  );
  if (!found) throw new Error(`no interface ${name}`);
  const inherited = (found.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => type.getText(file)));
  const own = found.members.map((member) => member.name!.getText(file));
  return [...own, ...inherited.flatMap(fieldsOf)];
}

/** What a client sends and nobody writes. */
const UNWRITTEN = new Set(['noDebug', '__restart']);

describe.each([
  ['launch', 'LaunchArguments'],
  ['attach', 'AttachArguments'],
] as const)('the attributes of %s', (request, type) => {
  const { properties, required } = configurationAttributes[request];

  it('are the arguments that the adapter takes', () => {
    const fields = fieldsOf(type).filter((field) => !UNWRITTEN.has(field));
    expect(Object.keys(properties).sort()).toEqual(fields.sort());
  });

  it('are all described, and so is every one of their values', () => {
    for (const [name, attribute] of Object.entries(properties)) {
      expect(attribute.markdownDescription, name).toMatch(/\.$|:.*`/s);
      if (attribute.enum && attribute.markdownEnumDescriptions) {
        expect(attribute.markdownEnumDescriptions, name).toHaveLength(attribute.enum.length);
      }
    }
    for (const name of required) expect(properties).toHaveProperty(name);
  });
});

describe('what package.json contributes', () => {
  it('has snippets of known attributes only', () => {
    for (const { body } of configurationSnippets) {
      const { type, request, name, ...attributes } = body;
      expect(type).toBe('ptrace');
      expect(name).toBeTypeOf('string');
      const known = configurationAttributes[request as 'launch' | 'attach'].properties;
      for (const attribute of Object.keys(attributes)) expect(known).toHaveProperty(attribute);
    }
  });

  it('has commands that the extension registers, and no other', () => {
    const paths = ['src/extension.ts', 'src/ui/registersview.ts', 'src/ui/syscalls/commands.ts'];
    const sources = paths.map((path) => readFileSync(join(root, path), 'utf8'));
    const registered = sources.flatMap((text) =>
      [...text.matchAll(/registerCommand\(\s*['`]([^'`]+)['`]/g)].map(([, id]) =>
        id!.replace('${VIEW}', 'ptrace.registers'),
      ),
    );
    const declared = contributes.commands.map(({ command }) => command);
    expect(declared.sort()).toEqual(registered.sort());
    const used = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
    for (const { command } of used) expect(declared).toContain(command);
  });

  it('offers the ready-made rules for system calls', () => {
    const names = JSON.stringify(presets.map(({ name }) => name));
    for (const request of ['launch', 'attach'] as const) {
      const schema = JSON.stringify(configurationAttributes[request].properties['syscalls']);
      expect(schema).toContain(`"enum":${names}`);
      for (const { name } of presets) expect(schema).toContain(`{"preset":"${name}"}`);
    }
  });

  it('has settings below ptrace. only', () => {
    for (const name of Object.keys(contributes.configuration.properties)) expect(name).toMatch(/^ptrace\./);
  });

  it('names files that are there', () => {
    const views = Object.values(contributes.views).flat();
    const files = [
      manifest.icon,
      ...views.map(({ icon }) => icon),
      ...contributes.grammars.map(({ path }) => path),
      ...contributes.languages.map(({ configuration }) => configuration),
    ];
    for (const file of files) expect(existsSync(join(root, file)), file).toBe(true);
  });
});
