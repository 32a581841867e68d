/** The entry that VS Code calls inside its extension host. */
import Mocha from 'mocha';

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, color: false, reporter: 'spec' });
  mocha.suite.emit('pre-require', globalThis, null, mocha);
  await import('./debugging');
  await import('./data');
  await import('./children');
  await import('./syscalls');
  await new Promise<void>((resolve, reject) => {
    mocha.run((failures) => {
      if (failures === 0) resolve();
      else reject(new Error(`${failures} of the tests failed`));
    });
  });
}
