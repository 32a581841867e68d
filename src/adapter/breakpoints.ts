/** The requests that set breakpoints and that ask where they can be. */
import * as v from 'valibot';
import { offsetBy, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import type { CodeBreakpointOptions, SourceBreakpointSpec } from '../engine/types';
import { breakpointsSettled } from './awaitednames';
import { parseAddress } from './memory';
import { request } from './request';
import type { Session } from './session';
import { integer, natural, text } from './validation';

const options = {
  condition: v.optional(text),
  hitCondition: v.optional(text),
  logMessage: v.optional(text),
  mode: v.optional(text),
};

/** An empty field is how clients spell "none". */
function optionsOf(given: CodeBreakpointOptions): CodeBreakpointOptions {
  return {
    ...(given.condition?.trim() && { condition: given.condition }),
    ...(given.hitCondition?.trim() && { hitCondition: given.hitCondition }),
    ...(given.logMessage && { logMessage: given.logMessage }),
    ...(given.mode && { mode: given.mode }),
  };
}

const sourceSchema = v.object({ path: v.optional(v.nullable(text)), sourceReference: v.optional(v.nullable(natural)) });

const positionSchema = v.object({ line: integer, column: v.optional(integer), ...options });

function specsOf(session: Session, given: readonly v.InferOutput<typeof positionSchema>[]): SourceBreakpointSpec[] {
  const { client } = session;
  return given.map((breakpoint) => ({
    line: client.lineFrom(breakpoint.line),
    ...(breakpoint.column !== undefined && { column: client.columnFrom(breakpoint.column) }),
    ...optionsOf(breakpoint),
  }));
}

export const setBreakpoints = request(
  'initialized',
  v.object({
    source: sourceSchema,
    breakpoints: v.optional(v.array(positionSchema, 'a list of breakpoints')),
    lines: v.optional(v.array(integer, 'a list of line numbers')),
  }),
  async (session, { source, breakpoints, lines }, context) => {
    const specs = specsOf(session, breakpoints ?? lines?.map((line) => ({ line })) ?? []);
    if (source.sourceReference) return { breakpoints: setInDisassembly(session, source.sourceReference, specs) };
    if (!source.path) throw new UserError('setBreakpoints needs source.path: the path of the source file.');
    const set = session.breakpoints.setSource(session.client.pathFrom(source.path), specs);
    await breakpointsSettled(session, context);
    return { breakpoints: set() };
  },
);

/** A line of a disassembly is an instruction. */
function setInDisassembly(session: Session, reference: number, specs: readonly SourceBreakpointSpec[]) {
  const addresses = specs.map(({ line }) => session.disassemblySources.addressOfLine(reference, line));
  const instructions = specs.flatMap((spec, i) => {
    const address = addresses[i];
    return address === undefined ? [] : [{ address, ...optionsOf(spec) }];
  });
  const set = session.breakpoints.setInstructions(`disassembly ${reference}`, instructions);
  return specs.map(({ line }, i) => {
    if (addresses[i] === undefined) return { verified: false, message: 'There is no instruction on this line.' };
    return { ...set.shift()!, source: { sourceReference: reference }, line: session.client.line(line) };
  });
}

export const setFunctionBreakpoints = request(
  'initialized',
  v.object({ breakpoints: v.array(v.object({ name: text, ...options }), 'a list of breakpoints') }),
  async (session, { breakpoints }, context) => {
    const set = session.breakpoints.setFunctions(
      breakpoints.map((breakpoint) => ({ name: breakpoint.name.trim(), ...optionsOf(breakpoint) })),
    );
    await breakpointsSettled(session, context);
    return { breakpoints: set() };
  },
);

export const setInstructionBreakpoints = request(
  'initialized',
  v.object({
    breakpoints: v.array(
      v.object({ instructionReference: text, offset: v.optional(integer), ...options }),
      'a list of breakpoints',
    ),
  }),
  (session, { breakpoints }) => ({
    breakpoints: session.breakpoints.setInstructions(
      'client',
      breakpoints.map((breakpoint) => ({
        address: offsetBy(parseAddress(breakpoint.instructionReference), breakpoint.offset ?? 0),
        ...optionsOf(breakpoint),
      })),
    ),
  }),
);

export const breakpointLocations = request(
  'process',
  v.object({
    source: sourceSchema,
    line: integer,
    column: v.optional(integer),
    endLine: v.optional(integer),
    endColumn: v.optional(integer),
  }),
  (session, { source, line, column, endLine, endColumn }) => {
    const { client } = session;
    const from = client.lineFrom(line);
    const to = endLine === undefined ? from : client.lineFrom(endLine);
    if (to < from) throw new UserError('breakpointLocations: endLine lies before line.', { code: 'bad-argument' });
    if (source.sourceReference) return { breakpoints: linesOfDisassembly(session, source.sourceReference, from, to) };
    if (!source.path) throw new UserError('breakpointLocations needs source.path: the path of the source file.');
    const first = column === undefined ? 0 : client.columnFrom(column);
    const last = endColumn === undefined ? Infinity : client.columnFrom(endColumn);
    const found = session.target.breakpoints
      .lines(client.pathFrom(source.path), from, to)
      .filter(
        (place) =>
          (place.line > from || (place.column ?? 1) >= first) && (place.line < to || (place.column ?? 1) <= last),
      );
    return {
      breakpoints: found.map((place) => ({
        line: client.line(place.line),
        ...(place.column !== undefined && place.column > 0 && { column: client.column(place.column) }),
      })),
    };
  },
);

function linesOfDisassembly(session: Session, reference: number, from: number, to: number) {
  const found: { line: number }[] = [];
  for (let line = from; line <= to; line++) {
    const address: VirtAddr | undefined = session.disassemblySources.addressOfLine(reference, line);
    if (address === undefined) break;
    found.push({ line: session.client.line(line) });
  }
  return found;
}
