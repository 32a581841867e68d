/** Calls of functions of the program: which function is meant, what is passed to it, and what comes back. */
import type { VirtAddr } from '../common/addresses';
import { isPassedByReference } from '../symbols/data/callingconvention';
import { findMethods } from '../symbols/data/typequeries';
import { typeName } from '../symbols/data/typenames';
import { bareType, type FunctionType, type Method, type StructType, type Type } from '../symbols/data/types';
import type { FunctionInfo } from '../symbols/data/variables';
import type { Node } from './ast';
import { cast } from './casts';
import type { Compiler, Evaluator, Reach } from './compile';
import type { CallArgument, EvaluationContext } from './context';
import { completeType, type DataObject } from './dataobject';
import { ExpressionError, type Span } from './errors';
import { dereference, noSuchMember, pointee } from './memberaccess';
import { findMember } from './members';
import { resolveOverload, type Argument } from './overloads';
import { blaming, followReference, load, toObject } from './places';
import { isScalar, valueBits } from './scalars';
import { toBytes } from './storage';
import { DOUBLE, FUNCTION, pointerTo, promote, VOID, VOID_POINTER, type PointerType } from './types';
import { addressOf, decay, type Located, type Value } from './values';

/** A function that a call may mean. */
interface Candidate {
  readonly type: FunctionType;
  readonly address: VirtAddr;
  readonly label: string;
  /** The object of a member function, as the class that declares it. */
  readonly self?: DataObject;
  /** What is at the address is no function but says which one to call (STT_GNU_IFUNC). */
  readonly isIndirect?: boolean;
}

type CandidatesOf = (context: EvaluationContext) => readonly Candidate[];

/** @param expected what a cast around the call says of the result of a function that nobody describes */
export function compileCall(compiler: Compiler, node: Node & { kind: 'call' }, expected?: Type): Evaluator {
  const candidatesOf = compileCallee(compiler, node.callee);
  const args = node.args.map((argument) => compiler.value(argument));
  const text = nameOf(node.callee);
  return (context) => {
    // What the call names is looked up even where it is refused: what is not known yet is learnt before it is made.
    const candidates = candidatesOf(context);
    const values = args.map((evaluate, i): Argument => ({
      value: evaluate(context),
      isLiteral: node.args[i]!.kind === 'string',
    }));
    if (!context.call) {
      throw new ExpressionError(`this would call '${text}' in the program; evaluate it in the Debug Console`, node);
    }
    const chosen = choose(candidates, values, text, node);
    const result = chosen.type.result ?? expected ?? (chosen.type.parameters ? VOID : undefined);
    if (!result) {
      throw new ExpressionError(
        `the result type of '${text}' is not known; cast the call, as in (int)${text}(…)`,
        node.callee,
      );
    }
    const passed = values.map((argument, i) => passArgument(context, argument, parameterOf(chosen, i), node.args[i]!));
    const request = {
      name: text,
      address: chosen.isIndirect ? resolved(context, chosen, text) : chosen.address,
      type: chosen.type,
      args: chosen.self ? [selfArgument(chosen), ...passed] : passed,
      result,
    };
    const value = context.call(request);
    return load(context, followReference(context, value, node), node);
  };
}

/** Asks the resolver of an indirect function, as the dynamic linker does when it binds the function. */
function resolved(context: EvaluationContext, { address }: Candidate, text: string): VirtAddr {
  const name = `the resolver of ${text}`;
  return addressOf(context.call!({ name, address, type: FUNCTION, args: [], result: VOID_POINTER }));
}

function nameOf(callee: Node): string {
  return callee.kind === 'name' || callee.kind === 'member' ? callee.name : 'a function';
}

function parameterOf({ type, self }: Candidate, index: number): Type | undefined {
  return type.parameters?.[self ? index + 1 : index];
}

function choose(
  candidates: readonly Candidate[],
  args: readonly Argument[],
  text: string,
  node: Node & { kind: 'call' },
): Candidate {
  const described = candidates.map((candidate) => ({
    candidate,
    type: candidate.self ? { ...candidate.type, parameters: candidate.type.parameters?.slice(1) } : candidate.type,
  }));
  const best = resolveOverload(described, args);
  const [only] = best;
  if (best.length === 1 && only) return only.candidate;
  if (best.length > 1) {
    const list = best.map(({ candidate }) => candidate.label).join(', ');
    throw new ExpressionError(`the call of '${text}' is ambiguous: it may mean ${list}`, node.callee);
  }
  const given = args.map(({ value }) => `'${typeName(value.type)}'`).join(', ') || 'no arguments';
  const list = described.map(({ candidate }) => candidate.label).join(', ');
  throw new ExpressionError(`'${text}' cannot be called with ${given}; there is ${list}`, node);
}

// ---- which functions ----

function compileCallee(compiler: Compiler, callee: Node): CandidatesOf {
  if (callee.kind === 'member') return memberCallee(compiler, callee);
  if (callee.kind === 'name') {
    const { name } = callee;
    const isVariable = compiler.names?.variable(name) !== undefined;
    const infos = isVariable ? [] : (compiler.names?.functions(name) ?? []);
    if (infos.length > 0) return (context) => namedFunctions(context, infos, name, callee);
  }
  const value = compiler.value(callee);
  return (context) => [throughPointer(context, value(context), callee)];
}

function throughPointer(context: EvaluationContext, value: Value, span: Span): Candidate {
  const pointer = decay(value);
  const bare = bareType(pointer.type);
  const target = bare.kind === 'pointer' ? bareType(bare.target) : bare;
  if (target.kind !== 'function') {
    throw new ExpressionError(`'${typeName(value.type)}' is no function and cannot be called`, span);
  }
  const address = addressOf(pointer);
  const isIndirect = context.isIndirectFunction?.(address) ?? false;
  return { type: target, address, label: `'${typeName(target)}'`, isIndirect };
}

function namedFunctions(
  context: EvaluationContext,
  infos: readonly FunctionInfo[],
  name: string,
  span: Span,
): readonly Candidate[] {
  // Assembly and resolvers of that name are described as functions that take and return nothing.
  const isDescribed = ({ type }: FunctionInfo): boolean =>
    !!type.parameters?.length || (type.result !== undefined && bareType(type.result).kind !== 'void');
  if (!infos.some((info) => isDescribed(info) && addressOfFunction(context, info) !== undefined)) {
    const symbol = context.resolveSymbol(name);
    if (symbol?.kind === 'ifunc') {
      return [{ type: FUNCTION, address: symbol.address, label: `'${name}'`, isIndirect: true }];
    }
  }
  const candidates = infos.flatMap((info): Candidate[] => {
    const address = addressOfFunction(context, info);
    if (address === undefined) return [];
    const self = takesThis(info) ? thisObject(context, info, name, span) : undefined;
    return [{ type: info.type, address, label: labelOf(info.qualifiedName, info.type), ...(self && { self }) }];
  });
  if (candidates.length > 0) return candidates;
  throw new ExpressionError(`'${name}' exists only where it was inlined and cannot be called`, span);
}

function addressOfFunction(context: EvaluationContext, info: FunctionInfo): VirtAddr | undefined {
  const known = context.functionAddress?.(info);
  if (known !== undefined || info.linkageName === undefined) return known;
  return context.resolveSymbol(info.linkageName)?.address;
}

function labelOf(name: string, type: FunctionType): string {
  const parameters = (type.parameters ?? []).map((each) => typeName(each));
  return `'${name}(${[...parameters, ...(type.isVariadic ? ['...'] : [])].join(', ')})'`;
}

/** Whether a member function's first parameter is its object. */
function takesThis(info: FunctionInfo): boolean {
  const container = info.memberOf && bareType(info.memberOf);
  if (container?.kind !== 'struct') return false;
  const method = container.methods.find((each) =>
    each.linkageName === undefined ? each.name === info.name : each.linkageName === info.linkageName,
  );
  return method ? !method.isStatic : false;
}

/** `method()` written inside another member function. */
function thisObject(context: EvaluationContext, info: FunctionInfo, name: string, span: Span): DataObject {
  const found = context.scope?.variable('this') ?? context.scope?.variable('self');
  if (found?.kind === 'variable' && context.frame) {
    const self = toObject(context, { type: found.variable.type, place: found.variable.locate(context.frame) });
    const object = blaming(span, () => (self.bare.kind === 'pointer' ? self.dereference() : self.referent()));
    const container = bareType(info.memberOf!);
    const as = container.kind === 'struct' ? asClass(object, container) : undefined;
    if (as) return as;
  }
  throw new ExpressionError(`'${name}' is a member function and needs an object, as in object.${info.name}(…)`, span);
}

function asClass(object: DataObject, container: StructType): DataObject | undefined {
  if (object.bare.kind !== 'struct') return undefined;
  if (object.bare === container || object.bare.qualifiedName === container.qualifiedName) return object;
  const path = findMember(object.bare, container.qualifiedName ?? '');
  return path?.reduce<DataObject>((at, member) => at.at(member), object);
}

/** `object.method(…)`, or a member that is a pointer to a function. */
function memberCallee(compiler: Compiler, callee: Node & { kind: 'member' }): CandidatesOf {
  const object = compiler.reach(callee.object);
  const asData: Reach = compiler.reach(callee);
  return (context) => {
    const located = object(context);
    const bare = bareType(located.type);
    const target = bare.kind === 'pointer' ? dereference(context, located, callee.object) : located;
    const followed = callee.isArrow && bare.kind === 'struct' ? pointee(context, located, callee.object) : undefined;
    const self = toObject(context, followed ?? target);
    const struct = completeType(context, self.bare);
    if (struct.kind !== 'struct') {
      throw new ExpressionError(`'${typeName(located.type)}' has no member functions`, callee.nameSpan);
    }
    if (findMember(struct, callee.name))
      return [throughPointer(context, load(context, asData(context), callee), callee)];
    const candidates = methodsOf(context, self, callee);
    if (candidates.length > 0) return candidates;
    throw noSuchMember(struct, callee.name, callee.nameSpan);
  };
}

function methodsOf(
  context: EvaluationContext,
  self: DataObject,
  callee: Node & { kind: 'member' },
): readonly Candidate[] {
  const { name, nameSpan } = callee;
  const at = name.lastIndexOf('::');
  const simple = at < 0 ? name : name.slice(at + 2);
  const start = at < 0 ? self : (self.memberIfAny(name.slice(0, at)) ?? self);
  const found =
    findMethods(start.bare, simple) ??
    (start === self.dynamic() ? undefined : findMethods(start.dynamic().bare, simple));
  if (!found) return [];
  const owner = found.path.reduce<DataObject>((object, member) => object.at(member), start);
  return found.methods.flatMap((method): Candidate[] => {
    // A qualified call is not virtual ([class.virtual]).
    const isVirtual = method.isVirtual && at < 0;
    const target = (isVirtual ? overrider(context, self, method) : undefined) ?? { owner, method };
    const candidate = methodCandidate(context, target.owner, target.method);
    if (candidate) return [candidate];
    if (found.methods.length > 1) return [];
    throw new ExpressionError(
      `'${name}' has no code of its own in the program: it was inlined or is never used`,
      nameSpan,
    );
  });
}

function methodCandidate(context: EvaluationContext, owner: DataObject, method: Method): Candidate | undefined {
  const struct = owner.bare;
  if (struct.kind !== 'struct') return undefined;
  const qualified = `${struct.qualifiedName ?? struct.name ?? ''}::${method.name}`;
  const infos = context.scope?.functions(qualified) ?? [];
  const info =
    infos.find((each) => each.linkageName !== undefined && each.linkageName === method.linkageName) ??
    infos.find((each) => each.type.parameters?.length === method.type.parameters?.length);
  const address =
    (info && addressOfFunction(context, info)) ??
    (method.linkageName === undefined ? undefined : context.resolveSymbol(method.linkageName)?.address);
  if (address === undefined) return undefined;
  const label = labelOf(qualified, method.type);
  return { type: method.type, address, label, ...(!method.isStatic && { self: owner }) };
}

/** The function that a virtual call reaches: declared by the most derived class that overrides it. */
function overrider(
  context: EvaluationContext,
  self: DataObject,
  method: Method,
): { readonly owner: DataObject; readonly method: Method } | undefined {
  const complete = self.dynamic();
  const found = findMethods(complete.bare, method.name);
  const wanted = parameterNames(method);
  const override = found?.methods.find((each) => parameterNames(each) === wanted);
  if (!found || !override) return undefined;
  const owner = found.path.reduce<DataObject>((object, member) => object.at(member), complete);
  return methodCandidate(context, owner, override) ? { owner, method: override } : undefined;
}

/** Without `this`, which differs between a class and its bases. */
function parameterNames(method: Method): string {
  return (method.type.parameters ?? []).slice(1).map(typeName).join();
}

// ---- what is passed ----

function selfArgument({ self, type }: Candidate): CallArgument {
  const { address } = self!;
  if (address === undefined) {
    // An object of the debugger's own, as functions return it: it is put into memory for the call.
    return { type: pointerTo(self!.type), bytes: self!.bytes(), isPlacedInMemory: true };
  }
  const parameter = type.parameters?.[0] ?? pointerTo(self!.type);
  const bare = bareType(parameter);
  if (bare.kind === 'struct' || isScalar(bare)) {
    if (bare.kind !== 'pointer') return { type: parameter, bytes: self!.bytes(), isPlacedInMemory: false };
  }
  return { type: pointerTo(self!.type), bytes: toBytes(address, 8), isPlacedInMemory: false };
}

function passArgument(
  context: EvaluationContext,
  argument: Argument,
  parameter: Type | undefined,
  node: Node,
): CallArgument {
  const bare = parameter && bareType(parameter);
  if (bare?.kind === 'reference') return passReference(context, argument, bare.target, node);
  const { value } = argument;
  if (argument.isLiteral && (!bare || bare.kind === 'pointer')) {
    return { type: parameter ?? pointerTo(value.type), bytes: bytesOf(context, value, node), isPlacedInMemory: true };
  }
  const source = bareType(value.type);
  if (bare?.kind === 'pointer' && source.kind === 'array' && value.place?.kind !== 'memory') {
    return { type: parameter!, bytes: bytesOf(context, value, node), isPlacedInMemory: true };
  }
  const decayed = decay(value);
  const type = parameter ?? promoted(decayed.type);
  const target = completeType(context, bareType(type));
  if (target.kind === 'struct' && isPassedByReference(target)) {
    throw new ExpressionError(
      `a '${typeName(type)}' is passed by value here and would have to be copied by its own constructor; that is not supported`,
      node,
    );
  }
  const converted = convertTo(context, decayed, type, node);
  return { type, bytes: bytesOf(context, converted, node), isPlacedInMemory: false };
}

function convertTo(context: EvaluationContext, value: Value, type: Type, node: Node): Value {
  return load(context, cast(context, value, type, 'c', { start: node.start, end: node.end, operand: node }), node);
}

/** The address of an object in memory; of anything else, that of a copy. */
function passReference(context: EvaluationContext, { value }: Argument, target: Type, node: Node): CallArgument {
  const type: PointerType = pointerTo(target);
  const located: Located =
    isScalar(bareType(target)) && value.place?.kind !== 'memory' ? convertTo(context, value, target, node) : value;
  if (located.place?.kind === 'memory' && !located.bitField) {
    const pointer: Value = { type: pointerTo(located.type), bits: located.place.address };
    const moved = cast(context, pointer, type, 'c', { start: node.start, end: node.end, operand: node });
    return { type, bytes: toBytes(moved.bits ?? 0n, 8), isPlacedInMemory: false };
  }
  return { type, bytes: bytesOf(context, load(context, located, node), node), isPlacedInMemory: true };
}

/** C17 6.5.2.2: what is passed to a function that does not say what it takes. */
function promoted(type: Type): Type {
  const bare = bareType(type);
  if (bare.kind === 'integer' && bare.size < 4) return promote(bare);
  if (bare.kind === 'float' && bare.size < 8) return DOUBLE;
  return type;
}

function bytesOf(context: EvaluationContext, value: Value, span: Span): Uint8Array {
  const bare = bareType(value.type);
  if (isScalar(bare)) {
    const size = bare.kind === 'float' ? bare.size : Math.ceil(valueBits(bare) / 8);
    return toBytes(value.bits, size);
  }
  return blaming(span, () => toObject(context, value).bytes().slice());
}
