/** Debug files from a server on this machine that behaves in every way a server can. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DebugDownloads } from '../../src/engine/debugdownloads';
import { cacheDirectoryOf, Debuginfod, type FetchResult, serversOf } from '../../src/symbols/debuginfod';
import { Module } from '../../src/symbols/module';
import { compile, runTool } from '../support/debuggees';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let url: string;
let answer: Answer;
let requests: string[];
let directory: string;
let cacheDirectory: string;
let program: string;
let debugFile: string;
let id: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'debuginfod-'));
  cacheDirectory = join(directory, 'cache');
  requests = [];
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  program = join(directory, 'prog');
  debugFile = join(directory, 'prog.full');
  copyFileSync(compile('hello.c', { flags: ['-g', '-Wl,--build-id'] }), debugFile);
  runTool('objcopy', ['--strip-debug', debugFile, program]);
  id = Module.open({ path: program, bias: 0n, kind: 'executable' }).buildId!;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

const sendFile: Answer = (_, response) => response.end(readFileSync(debugFile));

function fetched(options: { urls?: string[]; timeout?: number; signal?: AbortSignal } = {}): Promise<FetchResult> {
  const { urls = [url], timeout = 20, signal = new AbortController().signal } = options;
  return new Debuginfod({ urls, timeout, cacheDirectory }).fetch(id, signal);
}

function leftOver(): string[] {
  const folder = join(cacheDirectory, id);
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe('a debug file', () => {
  it('is asked for by its build id, put into the cache and not asked for again', async () => {
    answer = sendFile;
    const path = join(cacheDirectory, id, 'debuginfo');
    expect(await fetched()).toEqual({ kind: 'found', path });
    expect(readFileSync(path).equals(readFileSync(debugFile))).toBe(true);
    expect(await fetched()).toEqual({ kind: 'found', path });
    expect(requests).toEqual([`/buildid/${id}/debuginfo`]);
    expect(leftOver()).toEqual(['debuginfo']);
  });

  it('may come compressed', async () => {
    answer = (_, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(readFileSync(debugFile)));
    };
    expect(await fetched()).toMatchObject({ kind: 'found' });
  });

  it('may come from the second server', async () => {
    answer = (request, response) => {
      if (request.url!.startsWith('/empty/')) response.writeHead(404).end();
      else sendFile(request, response);
    };
    expect(await fetched({ urls: [`${url}/empty/`, url] })).toMatchObject({ kind: 'found' });
    expect(requests).toHaveLength(2);
  });

  it('is fetched although debuginfod remembers that there is none', async () => {
    mkdirSync(join(cacheDirectory, id), { recursive: true });
    writeFileSync(join(cacheDirectory, id, 'debuginfo'), '');
    answer = sendFile;
    expect(await fetched()).toMatchObject({ kind: 'found' });
  });
});

describe('nothing is kept', () => {
  it('of what no server has', async () => {
    answer = (_, response) => response.writeHead(404).end('no such thing');
    expect(await fetched()).toEqual({ kind: 'unknown' });
    expect(leftOver()).toEqual([]);
  });

  it('of a file that is cut off', async () => {
    answer = (_, response) => {
      response.setHeader('content-length', String(readFileSync(debugFile).length));
      response.write(readFileSync(debugFile).subarray(0, 1000), () => response.destroy());
    };
    expect(await fetched()).toMatchObject({ kind: 'failed' });
    expect(leftOver()).toEqual([]);
  });

  it('of a file of another build', async () => {
    answer = (_, response) =>
      response.end(readFileSync(compile('plugin.c', { flags: ['-g', '-shared', '-fPIC', '-Wl,--build-id'] })));
    const result = await fetched();
    expect(result).toMatchObject({ kind: 'failed', reason: expect.stringContaining('has build id') as string });
    expect(leftOver()).toEqual([]);
  });

  it('of a page that is no ELF file', async () => {
    answer = (_, response) => response.end('<html>Please log in</html>');
    expect(await fetched()).toMatchObject({ kind: 'failed' });
    expect(leftOver()).toEqual([]);
  });

  it('of a server error, which is told', async () => {
    answer = (_, response) => response.writeHead(503).end();
    expect(await fetched()).toEqual({ kind: 'failed', reason: `${url}: HTTP status 503` });
  });

  it('of a server that does not end', async () => {
    answer = (_, response) => void response.write(readFileSync(debugFile).subarray(0, 1000));
    expect(await fetched({ timeout: 1 })).toEqual({ kind: 'failed', reason: `${url} did not deliver within 1 s` });
    expect(leftOver()).toEqual([]);
  });

  it('of what was cancelled', async () => {
    const controller = new AbortController();
    answer = (_, response) => {
      response.write(readFileSync(debugFile).subarray(0, 1000), () => controller.abort());
    };
    expect(await fetched({ signal: controller.signal })).toEqual({ kind: 'failed', reason: 'cancelled' });
    expect(leftOver()).toEqual([]);
  });

  it('of a server that is not there', async () => {
    const result = await fetched({ urls: ['http://127.0.0.1:1'] });
    expect(result).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/127\.0\.0\.1:1/) as string });
  });
});

describe('a module', () => {
  const open = (): Module =>
    Module.open({ path: program, bias: 0n, kind: 'executable', debugFileDirectories: [cacheDirectory] });

  it('gets its lines when the file arrives, and has them at once the next time', async () => {
    answer = sendFile;
    const module = open();
    expect(module.missingDebugFile).toBe(id);
    expect(module.lines.sourceFiles()).toEqual([]);
    const arrived: Module[] = [];
    const notes: string[] = [];
    const servers = new Debuginfod({ urls: [url], timeout: 20, cacheDirectory });
    await new DebugDownloads(servers, {
      modules: { modules: [module] },
      debugFileArrived: (each) => arrived.push(each),
      note: (text) => notes.push(text),
    }).run();
    expect(arrived).toEqual([module]);
    expect(notes).toEqual([]);
    expect(module.lines.sourceFiles().some((path) => path.endsWith('/hello.c'))).toBe(true);
    expect(module.symbolStatus).toBe('debug-info');
    expect(module.missingDebugFile).toBeUndefined();
    const again = open();
    expect(again.symbolStatus).toBe('debug-info');
    expect(requests).toHaveLength(1);
  });

  it('stays as it is when nothing comes, which is told once', async () => {
    answer = (_, response) => response.writeHead(500).end();
    const notes: string[] = [];
    const servers = new Debuginfod({ urls: [url], timeout: 20, cacheDirectory });
    const downloads = new DebugDownloads(servers, {
      modules: { modules: [open(), open()] },
      debugFileArrived: () => expect.unreachable(),
      note: (text) => notes.push(text),
    });
    await downloads.run();
    await downloads.run();
    expect(notes).toEqual([`No debug file of prog from debuginfod: ${url}: HTTP status 500.`]);
    expect(requests).toHaveLength(1);
  });
});

describe('the environment', () => {
  it('names servers among other words', () => {
    expect(serversOf({ DEBUGINFOD_URLS: 'ima:permissive https://a/  http://b' })).toEqual(['https://a/', 'http://b']);
    expect(serversOf({})).toEqual([]);
  });

  it('says where the cache is, like debuginfod', () => {
    const HOME = directory;
    expect(cacheDirectoryOf({ HOME, DEBUGINFOD_CACHE_PATH: '/c', XDG_CACHE_HOME: '/x' })).toBe('/c');
    expect(cacheDirectoryOf({ HOME, XDG_CACHE_HOME: '/x' })).toBe('/x/debuginfod_client');
    expect(cacheDirectoryOf({ HOME })).toBe(`${directory}/.cache/debuginfod_client`);
    mkdirSync(join(directory, '.debuginfod_client_cache'));
    expect(cacheDirectoryOf({ HOME, XDG_CACHE_HOME: '/x' })).toBe(`${directory}/.debuginfod_client_cache`);
  });
});
