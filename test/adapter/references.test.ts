/** Variables references: the same number for the same place, and bounded memory. */
import { describe, expect, it } from 'vitest';
import { References, type FrameKey } from '../../src/adapter/references';

const frame = (identity: string, depth = 0): FrameKey => ({ tid: 1, depth, identity });

describe('References', () => {
  it('give a place one number, wherever its frame is by now', () => {
    const references = new References();
    const locals = references.numberOf(frame('f'), ['locals']);
    const point = references.child(locals, 'point');
    expect(references.numberOf(frame('f', 3), ['locals', 'point'])).toBe(point);
    expect(references.place(point)).toEqual({ frame: frame('f', 3), path: ['locals', 'point'] });
    expect(references.numberOf(frame('g'), ['locals', 'point'])).not.toBe(point);
    expect(references.numberOf(frame('f'), ['locals', 'po', 'int'])).not.toBe(point);
  });

  it('forget what has not been used for long, but never what is inside of something used', () => {
    const references = new References();
    const first = references.numberOf(frame('f'), ['locals', 'first']);
    const kept = references.numberOf(frame('f'), ['locals', 'kept', 'deep']);
    const array = references.numberOf(frame('f'), ['locals', 'array']);
    for (let i = 0; i < 250_000; i++) {
      references.child(array, `[${i}]`);
      if (i % 10_000 === 0) references.place(kept);
    }
    expect(() => references.place(first)).toThrow('There is no variables reference');
    expect(references.place(kept).path).toEqual(['locals', 'kept', 'deep']);
    expect(references.place(references.child(array, '[249999]')).path).toEqual(['locals', 'array', '[249999]']);
    // Asked for again, it is another number: the old one is never given to something else.
    expect(references.numberOf(frame('f'), ['locals', 'first'])).not.toBe(first);
  });

  it('refuse numbers that were never given', () => {
    expect(() => new References().place(7)).toThrow('There is no variables reference 7.');
  });
});
