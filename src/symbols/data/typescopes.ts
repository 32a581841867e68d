/** Names of types with the namespaces, modules and classes around them, and with rebuilt template arguments. */
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { clipped, typeName } from './typenames';
import { enumeratorName } from './typequeries';
import * as T from './typeconstants';
import type { TypeReader } from './typereader';
import { bareType, type Language, type TemplateArgument } from './types';

/** Scopes around each other. */
const MAX_SCOPES = 100;

/**
 * The qualified name of the scope around an entry: `std::vector<int>`, `crate::module`; empty at file level and in
 * functions, whose local types have no scope that could be written.
 */
export function scopeOf(reader: TypeReader, die: Die, language: Language): string {
  // C has one scope only; where a structure was declared inside of another says nothing.
  return language === 'c' ? '' : reader.guard(die, () => readScope(reader, die, language, 0), '');
}

/** An entry's name behind its scope. */
export function qualifiedNameOf(reader: TypeReader, die: Die, name: string, language: Language): string {
  const scope = scopeOf(reader, die, language);
  return clipped(scope === '' ? name : `${scope}::${name}`);
}

function readScope(reader: TypeReader, die: Die, language: Language, depth: number): string {
  if (depth >= MAX_SCOPES) return '';
  // What completes a declaration belongs where that is.
  const declared = die.reference(C.DW_AT_specification);
  if (declared) return readScope(reader, declared, language, depth + 1);
  const { parent } = die;
  if (!parent) return '';
  switch (parent.tag) {
    case T.DW_TAG_namespace:
    case T.DW_TAG_module: {
      const outer = readScope(reader, parent, language, depth + 1);
      const name = parent.name ?? '(anonymous namespace)';
      return outer === '' ? name : `${outer}::${name}`;
    }
    case T.DW_TAG_structure_type:
    case T.DW_TAG_class_type:
    case T.DW_TAG_union_type:
    case T.DW_TAG_interface_type: {
      const type = reader.type(parent, language);
      const name = type.kind === 'struct' ? type.qualifiedName : undefined;
      return name ?? readScope(reader, parent, language, depth + 1);
    }
    default:
      return '';
  }
}

const isTemplateArgument = (tag: number): boolean =>
  tag === T.DW_TAG_template_type_parameter ||
  tag === T.DW_TAG_template_value_parameter ||
  tag === T.DW_TAG_GNU_template_template_param ||
  tag === T.DW_TAG_GNU_template_parameter_pack;

/** The template arguments of a class or function; those of packs are spread. */
export function templateArgumentsOf(reader: TypeReader, die: Die, language: Language): TemplateArgument[] {
  const found: TemplateArgument[] = [];
  const collect = (parent: Die, packName: string | undefined): void =>
    reader.eachChild(parent, isTemplateArgument, (child) => {
      const name = child.name ?? packName;
      if (child.tag === T.DW_TAG_GNU_template_parameter_pack) {
        if (packName === undefined) collect(child, name ?? '');
        return;
      }
      if (child.tag === T.DW_TAG_GNU_template_template_param) {
        found.push({ name, type: { kind: 'void', name: child.string(T.DW_AT_GNU_template_name) ?? '<template>' } });
        return;
      }
      const type = reader.typeOf(child, language);
      if (child.tag === T.DW_TAG_template_type_parameter) {
        found.push({ name, type });
        return;
      }
      const bare = bareType(type);
      const isSigned = (bare.kind === 'integer' || bare.kind === 'enum') && bare.isSigned;
      const value = isSigned ? child.signed(T.DW_AT_const_value) : child.unsigned(T.DW_AT_const_value);
      found.push({ name, type, ...(value !== undefined && { value }) });
    });
  collect(die, undefined);
  return found;
}

/**
 * A C++ name with its template arguments, which clang leaves out of DW_AT_name with -gsimple-template-names: rebuilt as
 * clang and gcc write them otherwise.
 */
export function withTemplateArguments(name: string, templateArguments: readonly TemplateArgument[]): string {
  if (templateArguments.length === 0) return name;
  let list = '';
  for (const argument of templateArguments) {
    list = clipped(list === '' ? argumentText(argument) : `${list}, ${argumentText(argument)}`);
  }
  return `${name}<${list}${list.endsWith('>') ? ' ' : ''}>`;
}

function argumentText({ type, value }: TemplateArgument): string {
  if (value === undefined) return typeName(type);
  const bare = bareType(type);
  if (bare.kind === 'enum') {
    const enumerator = bare.enumerators.find((each) => each.value === value);
    return enumerator ? enumeratorName(bare, enumerator) : `(${typeName(type)})${value}`;
  }
  if (bare.kind !== 'integer') return value.toString();
  if (bare.display === 'boolean') return value === 0n ? 'false' : 'true';
  if (bare.display === 'character') return characterText(Number(BigInt.asUintN(8, value)));
  return value.toString();
}

const ESCAPES: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };

function characterText(code: number): string {
  const isPrintable = code >= 0x20 && code < 0x7f;
  const plain = isPrintable ? String.fromCharCode(code) : `\\x${code.toString(16).padStart(2, '0')}`;
  return `'${ESCAPES[code] ?? plain}'`;
}

/** Whether a name of a template instance lacks its arguments: operators contain angle brackets of their own. */
export function lacksTemplateArguments(name: string, language: Language): boolean {
  return language === 'c++' && !name.includes('<') && !name.startsWith('operator');
}
