import { describe, expect, it } from 'vitest';
import type { Register, RegisterGroup } from '../../src/protocol/requests';
import { RegistersModel, type RegisterNode } from '../../src/ui/registersmodel';

const register = (name: string, value: string, more: Partial<Register> = {}): Register => ({
  name,
  value,
  type: 'int64',
  bits: 64,
  ...more,
});

function group(name: string, registers: readonly Register[] | undefined): RegisterGroup {
  return { name, expanded: true, variablesReference: 7, registers };
}

const THREAD = 100;

/** A stop of a thread in a frame with these registers. */
function stop(model: RegistersModel, registers: Record<string, string>, { threadId = THREAD, level = 0 } = {}): void {
  const frameId = Math.floor(Math.random() * 1e9);
  model.stopped();
  model.addFrame(frameId, { threadId, level, name: 'f' });
  const list = Object.entries(registers).map(([name, value]) => register(name, value));
  model.update(frameId, { groups: [group('General', list)] });
}

function changed(model: RegistersModel): string[] {
  const names: string[] = [];
  const visit = (node: RegisterNode): void => {
    if (node.changed) names.push(node.key);
    node.children.forEach(visit);
  };
  for (const { registers } of model.nodes) registers?.forEach(visit);
  return names;
}

describe('what the Registers view marks as changed', () => {
  it('is nothing at the first stop, and then what differs from the stop before', () => {
    const model = new RegistersModel();
    stop(model, { rax: '0x1', rbx: '0x2' });
    expect(changed(model)).toEqual([]);
    stop(model, { rax: '0x1', rbx: '0x3' });
    expect(changed(model)).toEqual(['General/rbx']);
    stop(model, { rax: '0x1', rbx: '0x3' });
    expect(changed(model)).toEqual([]);
  });

  it('compares a thread with itself', () => {
    const model = new RegistersModel();
    stop(model, { rax: '0x1' }, { threadId: 1 });
    stop(model, { rax: '0x2' }, { threadId: 2 });
    expect(changed(model)).toEqual([]);
    stop(model, { rax: '0x3' }, { threadId: 1 });
    expect(changed(model)).toEqual(['General/rax']);
  });

  it('keeps the marks when the same stop is shown again, and marks what was set by hand', () => {
    const model = new RegistersModel();
    stop(model, { rax: '0x1', rbx: '0x2' });
    model.stopped();
    model.addFrame(5, { threadId: THREAD, level: 0, name: 'f' });
    const show = (rbx: string) =>
      model.update(5, { groups: [group('General', [register('rax', '0x9'), register('rbx', rbx)])] });
    show('0x2');
    show('0x2');
    expect(changed(model)).toEqual(['General/rax']);
    show('0x7');
    expect(changed(model)).toEqual(['General/rax', 'General/rbx']);
  });

  it('leaves callers alone: their registers belong to other calls', () => {
    const model = new RegistersModel();
    stop(model, { rax: '0x1' });
    model.stopped();
    model.addFrame(5, { threadId: THREAD, level: 0, name: 'f' });
    model.addFrame(6, { threadId: THREAD, level: 1, name: 'g' });
    model.update(6, { groups: [group('General', [register('rax', '0x2')])] });
    expect(changed(model)).toEqual([]);
    model.update(5, { groups: [group('General', [register('rax', '0x2')])] });
    expect(changed(model)).toEqual(['General/rax']);
  });

  it('reaches into the parts of a register', () => {
    const model = new RegistersModel();
    const show = (zf: string) => {
      model.stopped();
      model.addFrame(1, { threadId: THREAD, level: 0, name: 'f' });
      const parts = [register('CF', '0'), register('ZF', zf)];
      model.update(1, { groups: [group('Flags', [register('eflags', '0x2', { children: parts })])] });
    };
    show('0');
    show('1');
    expect(changed(model)).toEqual(['Flags/eflags/ZF']);
  });

  it('says nothing of a group that was closed at the stop before', () => {
    const model = new RegistersModel();
    model.stopped();
    model.addFrame(1, { threadId: THREAD, level: 0, name: 'f' });
    model.update(1, { groups: [group('General', undefined)] });
    expect(model.nodes[0]!.registers).toBeUndefined();
    stop(model, { rax: '0x2' });
    expect(changed(model)).toEqual([]);
  });
});

describe('setting a register', () => {
  it('goes to its group, its parts to the register, and what is read-only nowhere', () => {
    const model = new RegistersModel();
    const parts = [register('ZF', '1')];
    model.update(1, {
      groups: [
        group('General', [
          register('rax', '0x1'),
          register('orig_rax', '0x1', { readOnly: true }),
          register('eflags', '0x2', { children: parts, variablesReference: 9 }),
        ]),
      ],
    });
    const [rax, original, eflags] = model.nodes[0]!.registers!;
    expect(rax!.container).toBe(7);
    expect(original!.container).toBe(0);
    expect(eflags!.children[0]!.container).toBe(9);
  });
});
