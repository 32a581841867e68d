/** Tables of flags and enumerations, as the generator wrote them; each is parsed when it is first asked for. */
import data from './tables/constants.json';

/** One table. Names are in the order in which they are tried and printed; aliases follow what they stand for. */
export interface ConstantTable {
  readonly name: string;
  /** Headers it was taken from, or where a hand-written one comes from. */
  readonly from: string;
  /** Values are unsigned, of 64 bits; negative ones (`KEY_SPEC_*`) stay negative. */
  readonly entries: readonly (readonly [name: string, value: bigint])[];
  /** The first name of a value. */
  readonly byValue: ReadonlyMap<bigint, string>;
  readonly byName: ReadonlyMap<string, bigint>;
}

type Raw = Readonly<Record<string, { readonly from: string; readonly values: string }>>;

const raw: Raw = data.tables;
const parsed = new Map<string, ConstantTable>();

function parse(name: string, { from, values }: { readonly from: string; readonly values: string }): ConstantTable {
  const entries = values.split(' ').map((pair): [string, bigint] => {
    const [constant = '', value = '0'] = pair.split('=');
    return [constant, value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value)];
  });
  const byValue = new Map<bigint, string>();
  for (const [constant, value] of entries) if (!byValue.has(value)) byValue.set(value, constant);
  return { name, from, entries, byValue, byName: new Map(entries) };
}

/** A table by its name, or undefined when there is none. */
export function findTable(name: string): ConstantTable | undefined {
  const known = parsed.get(name);
  if (known) return known;
  const source = Object.hasOwn(raw, name) ? raw[name] : undefined;
  if (!source) return undefined;
  const table = parse(name, source);
  parsed.set(name, table);
  return table;
}

/** A table that the caller knows to exist. */
export function table(name: string): ConstantTable {
  const found = findTable(name);
  if (!found) throw new Error(`no table of constants '${name}'`);
  return found;
}

/** Names of all tables. */
export function tableNames(): readonly string[] {
  return Object.keys(raw);
}

/** The value of a constant of any table (`O_CREAT`, `EAGAIN`); undefined when none has it. */
export function constantValue(name: string): bigint | undefined {
  for (const tableName of tableNames()) {
    // Looking into the text first spares parsing tables that do not have it.
    if (!raw[tableName]!.values.includes(`${name}=`)) continue;
    const value = table(tableName).byName.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}
