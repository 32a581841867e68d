/** A test for each cell of the matrix, and the counts of all of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareRuns, type Tally } from './compare';
import { type Language, nameOf, type Cell, planOf, representativeCut, wholeMatrix } from './matrix';
import { gdbRun } from './oracle';
import { ourRun, prepare } from './ours';
import { RULES } from './rules';

/** Where the counts are left for `npm test` and `npm run differential`, and all that is wrong: two files a language. */
const results = resolve(import.meta.dirname, '../../.cache/differential');

/**
 * What is known to be wrong and not mended yet: said in docs/differential.md, shown with the counts, and no failure. Each
 * says where, and what gdb knows that we do not.
 */
const KNOWN: readonly { readonly where: RegExp; readonly what: string }[] = [
  {
    where:
      /^templates\.cpp g\+\+ -O[12] .*templates\.cpp:78 .*frame 0 \(operator\(\)\), (?:value|scaled|by|__closure|result): /,
    what: 'variables of a lambda inlined into std::function are shown as optimized out where gdb has their values',
  },
];

/** Differences that a failing test shows. */
const MAX_SHOWN = 30;

async function compareCell(cell: Cell): Promise<Tally> {
  const plan = planOf(cell);
  const prepared = await prepare(plan);
  const theirs = gdbRun(plan, prepared.lines);
  const ours = await ourRun(plan, prepared, theirs);
  const tally = compareRuns(cell, theirs, ours);
  return tally.wrong.length === 0 ? tally : compareRuns(cell, theirs, ours, gdbRun(plan, prepared.lines));
}

/** Compares all of a language's cells, or a cut of them, see docs/differential.md. */
export function compareLanguage(language: Language): void {
  compareCells(language, process.env['DIFFERENTIAL'] === 'whole' ? wholeMatrix(language) : representativeCut(language));
}

/** Compares cells under a name that their counts go by. */
export function compareCells(language: string, cells: readonly Cell[]): void {
  const counts = { cells: 0, agreed: 0, better: {} as Record<string, number>, known: 0, wrong: 0 };
  const wrong: string[] = [];

  describe(`${language}: frames and variables are those of gdb, or better for a reason`, () => {
    it.each(cells.map((cell) => [nameOf(cell), cell] as const))(
      '%s',
      async (_name, cell) => {
        const tally = await compareCell(cell);
        counts.cells++;
        counts.agreed += tally.agreed;
        const unknown = tally.wrong.filter((text) => !KNOWN.some(({ where }) => where.test(text)));
        counts.known += tally.wrong.length - unknown.length;
        counts.wrong += unknown.length;
        wrong.push(...tally.wrong);
        for (const [rule, count] of tally.better) counts.better[rule] = (counts.better[rule] ?? 0) + count;
        expect(tally.agreed).toBeGreaterThan(0);
        expect(unknown.slice(0, MAX_SHOWN)).toEqual([]);
      },
      120_000,
    );

    afterAll(() => {
      mkdirSync(results, { recursive: true });
      const reasons = Object.fromEntries(RULES.map(({ name, reason }) => [name, reason]));
      writeFileSync(join(results, `${language}.json`), JSON.stringify({ ...counts, reasons }));
      writeFileSync(join(results, `${language}.wrong.txt`), wrong.map((text) => `${text}\n`).join(''));
    });
  });
}
