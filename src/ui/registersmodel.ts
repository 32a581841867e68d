/**
 * What the Registers view knows: the registers of the frame it shows, and the values seen at a thread's stop before
 * this one, from which it tells what changed. Free of VS Code's API, so that it can be tested by itself.
 */
import type { Register, RegisterGroup, RegistersResponse } from '../protocol/requests';

/** A register where the view shows it. `key` is its path, stable across stops: `General/rax`, `Flags/eflags/ZF`. */
export interface RegisterNode {
  readonly kind: 'register';
  readonly key: string;
  readonly register: Register;
  /** Its value differs from the one at this thread's previous stop. */
  readonly changed: boolean;
  /** For `setVariable`: the reference of the container; 0 when it cannot be set. */
  readonly container: number;
  readonly children: readonly RegisterNode[];
}

export interface GroupNode {
  readonly kind: 'group';
  readonly key: string;
  readonly group: RegisterGroup;
  /** Undefined until somebody opens the group. */
  readonly registers: readonly RegisterNode[] | undefined;
}

export type RegistersNode = GroupNode | RegisterNode;

/** Where a frame id belongs, as a `stackTrace` response said. */
export interface FramePlace {
  readonly threadId: number;
  /** 0 is the innermost frame. */
  readonly level: number;
  readonly name: string;
}

interface ThreadValues {
  /** The stop at which `seen` was collected. */
  stop: number;
  seen: Map<string, string>;
  /** What was seen at the stop before. */
  before: ReadonlyMap<string, string>;
}

/** The registers of one debug session. */
export class RegistersModel {
  /** The groups as they are shown now. */
  nodes: readonly GroupNode[] = [];
  /** Names of the groups that are open, so whose registers are worth asking for. */
  readonly openGroups = new Set<string>();

  private stop = 0;
  private readonly frames = new Map<number, FramePlace>();
  private readonly threads = new Map<number, ThreadValues>();

  /** The process stopped: frame ids are new from here on, and what is seen from here on is compared with before. */
  stopped(): void {
    this.stop++;
    this.frames.clear();
  }

  /** Takes note of what a `stackTrace` response said about frame ids. */
  addFrame(frameId: number, place: FramePlace): void {
    this.frames.set(frameId, place);
  }

  frame(frameId: number): FramePlace | undefined {
    return this.frames.get(frameId);
  }

  /**
   * Takes in the registers of a frame. Only a thread's innermost frame is compared with its previous stop: a caller's
   * registers belong to a call, and another call's values say nothing about them.
   */
  update(frameId: number, response: RegistersResponse): void {
    const place = this.frames.get(frameId);
    const values = place?.level === 0 ? this.valuesOf(place.threadId) : undefined;
    this.nodes = response.groups.map((group) => ({
      kind: 'group',
      key: group.name,
      group,
      registers: group.registers?.map((register) =>
        this.node(`${group.name}/${register.name}`, register, group.variablesReference, values),
      ),
    }));
  }

  private valuesOf(threadId: number): ThreadValues {
    let values = this.threads.get(threadId);
    if (!values) {
      values = { stop: this.stop, seen: new Map(), before: new Map() };
      this.threads.set(threadId, values);
    } else if (values.stop !== this.stop) {
      values.before = values.seen;
      values.seen = new Map();
      values.stop = this.stop;
    }
    return values;
  }

  private node(key: string, register: Register, container: number, values: ThreadValues | undefined): RegisterNode {
    values?.seen.set(key, register.value);
    const before = values?.before.get(key);
    return {
      kind: 'register',
      key,
      register,
      changed: before !== undefined && before !== register.value,
      container: register.readOnly ? 0 : container,
      children: (register.children ?? []).map((child) =>
        this.node(`${key}/${child.name}`, child, register.variablesReference ?? 0, values),
      ),
    };
  }
}
