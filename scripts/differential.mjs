// The counts of the differential suite against gdb (docs/differential.md). As a program it compares the whole matrix and
// writes the counts into that page; `npm test` compares a cut and shows its counts.
//
//   npm run differential
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const results = join(root, '.cache', 'differential');
const page = join(root, 'docs', 'differential.md');
const BEGIN = '<!-- counts: begin -->';
const END = '<!-- counts: end -->';

/** Forgets the counts of earlier runs, so that a run that does not get to them cannot show them. */
export function forgetCounts() {
  rmSync(results, { recursive: true, force: true });
}

/** What the tests of each language left; languages whose tests did not run are missing. */
function readCounts() {
  return ['c', 'c++', 'rust', 'glibc'].flatMap((language) => {
    const file = join(results, `${language}.json`);
    return existsSync(file) ? [{ language, ...JSON.parse(readFileSync(file, 'utf8')) }] : [];
  });
}

const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);
const betterIn = (counts) => sum(Object.values(counts.better));

/** One line for a log, and how many facts are wrong; undefined when nothing was compared. */
export function summary() {
  const all = readCounts();
  if (all.length === 0) return undefined;
  const total = (of) => sum(all.map(of));
  const wrong = total(({ wrong }) => wrong);
  const text =
    `${total(({ cells }) => cells)} programs beside gdb: ` +
    `${total(({ agreed }) => agreed)} facts agreed, ${total(betterIn)} better, ${wrong} wrong`;
  return { text, wrong };
}

function tables() {
  const all = readCounts();
  const lines = ['| language | builds | agreed | better | wrong |', '| --- | ---: | ---: | ---: | ---: |'];
  for (const counts of all) {
    const { language, cells, agreed, wrong } = counts;
    lines.push(`| ${language} | ${cells} | ${agreed} | ${betterIn(counts)} | ${wrong} |`);
  }
  const rules = new Map();
  for (const { better } of all) {
    for (const [rule, count] of Object.entries(better)) rules.set(rule, (rules.get(rule) ?? 0) + count);
  }
  const reasons = Object.assign({}, ...all.map(({ reasons }) => reasons));
  lines.push('', '| better by the rule | facts | because |', '| --- | ---: | --- |');
  for (const [rule, count] of [...rules].sort((a, b) => b[1] - a[1]))
    lines.push(`| ${rule} | ${count} | ${reasons[rule]} |`);
  return lines.join('\n');
}

function main() {
  forgetCounts();
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/differential'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, DIFFERENTIAL: 'whole' },
  });
  const found = summary();
  if (!found) {
    console.log('nothing was compared');
    return 1;
  }
  const [before, rest] = readFileSync(page, 'utf8').split(BEGIN);
  writeFileSync(page, `${before}${BEGIN}\n\n${tables()}\n\n${END}${rest.split(END)[1]}`);
  console.log(found.text);
  return status === 0 && found.wrong === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exit(main());
