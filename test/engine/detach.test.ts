/** Letting go of a process in the middle of what the debugger does to it: nothing of that may reach the program. */
import { describe, expect, it } from 'vitest';
import { compile, line, sourcePath } from '../support/debuggees';
import { isAlive, kill, startStranger } from '../support/processes';
import { Driver } from './harness';

const ROUNDS = 40;

describe('a process with eight busy threads survives being let go', () => {
  it.each<[string, (driver: Driver) => void]>([
    [
      'while they run into a breakpoint',
      ({ target }) => {
        const spec = { line: line('storm.c', 'counted'), condition: 'turns == 0' };
        expect(target.breakpoints.setSource(sourcePath('storm.c'), [spec])[0]!.verified).toBe(true);
      },
    ],
    [
      'while they write to a watched variable',
      (driver) => {
        const address = driver.addressOf('turns');
        const spec = { address, size: 8, access: 'write', label: 'turns', condition: 'turns == 0' } as const;
        expect(driver.target.watchpoints.set([spec])[0]!.verified).toBe(true);
      },
    ],
  ])('%s', async (_when, set) => {
    const stranger = await startStranger(compile('storm.c', { flags: ['-g', '-pthread'] }), '8', '60');
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const driver = await Driver.attach(stranger.pid, 'storm.c');
        driver.start();
        set(driver);
        await new Promise((resolve) => setTimeout(resolve, 1 + (round % 7)));
        await driver.target.detach();
        expect(isAlive(stranger.pid), `after round ${round}`).toBe(true);
      }
    } finally {
      kill(stranger.pid);
    }
  });
});
