/**
 * Measures this debugger beside gdb's and LLVM's own debug adapters: the same client, the same requests, the same
 * programs, in the same run. Ratios are to the better of the two.
 *
 *   npm run bench -- [--only NAME[,NAME…]] [--rounds N] [--all-cpus] [--without-peers] [--json]
 *
 * GDB and LLDB_DAP name the peers where PATH does not.
 */
import { parseArgs } from 'node:util';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { root } from '../test/support/adapter';
import type { Case } from './case';
import { bigData, launchBig, launchSmall } from './cases/launching';
import { disassemble, readMemory, scroll, stack1000, stack50000 } from './cases/reading';
import {
  breakpointHit,
  bursts,
  falseConditions,
  falseConditionsLocal,
  instructionStep,
  lineStep,
  pauseThreads,
} from './cases/running';
import { measure } from './measure';
import { gdb, lldb, MissingPeer, ours, type Peer } from './peers';
import { rowsOf, table, type Row } from './report';

const cases: readonly Case[] = [
  launchSmall,
  instructionStep,
  lineStep,
  breakpointHit,
  falseConditions,
  falseConditionsLocal,
  bursts,
  pauseThreads,
  readMemory,
  disassemble,
  scroll,
  stack1000,
  stack50000,
  launchBig,
  bigData,
];

function usage(message: string): never {
  console.error(`${message}\nCases: ${cases.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

function options() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '10' },
      'one-cpu': { type: 'boolean' },
      'all-cpus': { type: 'boolean' },
      'without-peers': { type: 'boolean' },
      'without-ours': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) usage(`--rounds wants a number from 1 on, not ${values.rounds}`);
  const wanted = values.only?.split(',');
  for (const name of wanted ?? []) if (!cases.some((known) => known.name === name)) usage(`There is no case ${name}.`);
  return { ...values, rounds, cases: cases.filter(({ name }) => wanted?.includes(name) ?? true) };
}

/** The debuggers to compare. A missing peer ends the run unless the user does without. */
function peers(withoutPeers: boolean, withoutOurs: boolean): Peer[] {
  const found: Peer[] = [];
  const adapter = join(root, 'dist/ptrace-dap.js');
  if (!withoutOurs) {
    if (!existsSync(adapter)) usage('dist/ptrace-dap.js is not there. Run: npm run build');
    found.push(ours(adapter));
  }
  const missing: string[] = [];
  for (const find of [gdb, lldb]) {
    try {
      found.push(find());
    } catch (error) {
      if (!(error instanceof MissingPeer)) throw error;
      missing.push(error.message);
    }
  }
  for (const message of missing) console.error(message);
  if (missing.length > 0 && !withoutPeers) {
    console.error('Nothing was measured. Use --without-peers to measure without them.');
    process.exit(1);
  }
  return found;
}

async function main(): Promise<void> {
  const chosen = options();
  const all = peers(chosen['without-peers'] === true, chosen['without-ours'] === true);
  const rows: Row[] = [];
  const failures: string[] = [];
  for (const benchCase of chosen.cases) {
    if (process.stderr.isTTY) process.stderr.write(`${benchCase.name}…\r`);
    const measured = await measure(benchCase, all, chosen.rounds);
    rows.push(...rowsOf(benchCase, measured, 'ptrace'));
    for (const { peer, failure } of measured) {
      if (failure !== undefined) failures.push(`${benchCase.name}: ${peer} could not: ${failure.split('\n')[0]}`);
    }
  }
  const columns = [...new Set(rows.flatMap(({ medians }) => Object.keys(medians)))];
  if (chosen.json) {
    const versions = Object.fromEntries(all.map(({ name, version }) => [name, version]));
    console.log(JSON.stringify({ versions, rows, failures }, undefined, 2));
  } else {
    for (const { name, version } of all) console.log(`${name}: ${version}`);
    const model = cpus()[0]?.model ?? 'unknown CPU';
    console.log(`${model}, ${chosen['all-cpus'] ? 'all CPUs' : 'one CPU'}, medians of interleaved rounds\n`);
    console.log(table(rows, columns));
    if (failures.length > 0) console.log(`\n${failures.join('\n')}`);
  }
  process.exitCode =
    rows.some(({ met }) => met === false) || failures.some((text) => text.includes('ptrace could')) ? 1 : 0;
}

await main();
