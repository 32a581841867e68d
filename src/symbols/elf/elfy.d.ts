/** The part of elfy 1.0.0 that headers.ts uses. */
declare module 'elfy' {
  interface Program {
    readonly offset: number;
    readonly vaddr: number;
    readonly filesz: number;
    readonly memsz: number;
    readonly align: number;
  }

  interface Section {
    readonly name: string;
    readonly addr: number;
    readonly off: number;
    readonly size: number;
    readonly link: number;
    readonly info: number;
  }

  interface Elf {
    /** Undefined for a type elfy has no name for. */
    readonly type: string | undefined;
    readonly entry: number;
    readonly body: { readonly programs: Program[]; readonly sections: Section[] };
  }

  /** Throws on anything that does not add up. The buffer must be a Buffer: it relies on `slice` sharing memory. */
  function parse(bytes: Buffer): Elf;
}
