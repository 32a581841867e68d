/** Compiles the texts of the tables, `array(iovec, vlen)`, to kinds. */
import { structTexts } from '../structs/structs';
import type { Context, Kind, KindExpression, Operand } from './kind';
import { memoryType, type MemoryType } from './memorytypes';

/** Makes a kind from the parameters that the table gives. */
export type KindFactory = (args: readonly KindExpression[], compiler: Compiler) => Kind;

/** Parses `name(arg, arg(…))`; names may contain `/`, `*`, `[n]` and everything but commas, parentheses and spaces. */
export function parseKind(source: string): KindExpression {
  let at = 0;
  const parse = (): KindExpression => {
    const match = /^[^(),\s]+/.exec(source.slice(at));
    if (!match) throw new Error(`bad kind '${source}' at ${at}`);
    at += match[0].length;
    const args: KindExpression[] = [];
    if (source[at] === '(') {
      do {
        at++;
        args.push(parse());
      } while (source[at] === ',');
      if (source[at] !== ')') throw new Error(`bad kind '${source}': no ')' at ${at}`);
      at++;
    }
    return { name: match[0], args };
  };
  const expression = parse();
  if (at !== source.length) throw new Error(`bad kind '${source}': something follows at ${at}`);
  return expression;
}

export function spellKind({ name, args }: KindExpression): string {
  return args.length === 0 ? name : `${name}(${args.map(spellKind).join(',')})`;
}

export class Compiler {
  constructor(
    private readonly registry: Readonly<Record<string, KindFactory>>,
    /** The arguments or fields that operands may name. */
    private readonly names: readonly string[],
  ) {}

  /** The same tables with other names in scope. */
  within(names: readonly string[]): Compiler {
    return new Compiler(this.registry, names);
  }

  kind(source: string | KindExpression): Kind {
    const { name, args } = typeof source === 'string' ? parseKind(source) : source;
    const factory = Object.hasOwn(this.registry, name) ? this.registry[name] : undefined;
    if (!factory) throw new Error(`no kind '${name}'`);
    return factory(args, this);
  }

  /** `ret`, a number, the name of an argument or field, or `name*` for the int that it points to. */
  operand({ name }: KindExpression): Operand {
    if (name === 'ret') return (context) => context.result ?? 0n;
    if (/^-?(0x[0-9a-f]+|\d+)$/.test(name)) {
      const value = BigInt(name);
      return () => value;
    }
    const index = this.names.indexOf(name);
    if (index < 0) throw new Error(`no argument or field '${name}' among ${this.names.join(', ')}`);
    return (context: Context) => context.values[index] ?? 0n;
  }

  type(source: string | KindExpression): MemoryType {
    return memoryType(typeof source === 'string' ? source : spellKind(source), this);
  }

  structText(name: string): string | undefined {
    return Object.hasOwn(structTexts, name) ? structTexts[name] : undefined;
  }
}
