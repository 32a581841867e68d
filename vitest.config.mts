import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // ptrace belongs to a thread and SIGCHLD to the main thread, so every test file is a process of its own.
    pool: 'forks',
    maxWorkers: 2,
    include: ['test/**/*.test.ts'],
    exclude: ['test/vscode/**', 'node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
