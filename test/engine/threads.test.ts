/** Threads: clone following, stop-all, simultaneous hits, sites that other threads run over. */
import { describe, expect, it } from 'vitest';
import { line, sourcePath } from '../support/debuggees';
import { Driver } from './harness';

const FLAGS = { flags: ['-g', '-O0', '-pthread'] };

describe('threads', () => {
  it('are followed, named and all stopped', async () => {
    const driver = await Driver.launch('threads.c', { args: ['8'], compile: FLAGS });
    const started: number[] = [];
    driver.target.on('threadStarted', (tid) => started.push(tid));
    driver.breakAt('between');
    driver.start();
    await driver.stop();
    expect(started).toHaveLength(8);
    const threads = driver.target.threads();
    expect(threads).toHaveLength(9);
    expect(threads.every((thread) => !thread.running)).toBe(true);
    expect(threads.map((thread) => thread.name).filter((name) => name.startsWith('worker-'))).toHaveLength(8);
    for (const { id } of threads) expect(driver.target.stack(id).frames(0, 50).length).toBeGreaterThan(1);
  });

  it('that hit one site at once are each reported once', async () => {
    const driver = await Driver.launch('threads.c', { args: ['32'], compile: FLAGS });
    const [breakpoint] = driver.breakAt('bump_body');
    driver.start();
    const seen = new Set<number>();
    for (let i = 0; i < 32; i++) {
      const event = await driver.stop();
      expect(event.reason.kind).toBe('breakpoint');
      expect(seen.has(event.tid)).toBe(false);
      seen.add(event.tid);
      driver.resume();
    }
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(breakpoint!.hitCount).toBe(32);
  });

  it('neither lose nor double a hit whose condition is false', async () => {
    const driver = await Driver.launch('threads.c', { args: ['64'], compile: FLAGS });
    const [breakpoint] = driver.target.breakpoints.setSource(sourcePath('threads.c'), [
      { line: line('threads.c', 'bump_body'), hitCondition: '> 1000' },
    ]);
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(breakpoint!.hitCount).toBe(64);
  });

  it('run on while one of them is stepped over a call that needs them', async () => {
    const driver = await Driver.launch('threads.c', { args: ['4'], compile: FLAGS });
    driver.breakAt('main_first');
    driver.start();
    await driver.stop();
    driver.breakAt();
    // pthread_barrier_wait returns only when the workers have come.
    expect(await driver.step('over')).toBe('#main_second');
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('are stepped through a syscall that waits for another thread', async () => {
    const driver = await Driver.launch('threads.c', { args: ['2'], compile: FLAGS });
    driver.breakAt('main_first');
    driver.start();
    await driver.stop();
    driver.breakAt();
    const result = await driver.target.stepInstructions(driver.tid, 3000);
    expect(result.executed).toBe(3000);
    await driver.stop();
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('all stop at a pause, again and again', async () => {
    const driver = await Driver.launch('many_threads.c', { args: ['200'], compile: FLAGS });
    driver.start();
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      driver.target.pause();
      const event = await driver.stop();
      expect(event.reason.kind).toBe('pause');
      expect(driver.target.threads().every((thread) => !thread.running)).toBe(true);
      driver.resume();
    }
  });
});
