/** Which code a user does not want to step into: `skipFiles` and `skipFunctions`. */
import { basename } from 'node:path';
import { UserError } from '../../common/errors';
import { withoutTemplateArguments } from '../../symbols/displayname';

type Test = (text: string) => boolean;

export class SkipRules {
  static readonly NONE = new SkipRules([], []);

  private readonly files: readonly Test[];
  private readonly names: readonly Test[];
  private readonly knownFiles = new Map<string, boolean>();
  private readonly knownNames = new Map<string, boolean>();

  /**
   * @param files     globs of source paths (`**` crosses folders, `*` and `?` do not, `{a,b}` chooses); one without a
   *                  slash is about the last part of the path
   * @param functions names as a stack shows them, with or without template arguments, `*` for any text; or a regular
   *                  expression between slashes
   * @param toLocal   where a path that the compiler recorded is on this machine; globs may be about either
   * Throws UserError for a regular expression that is none.
   */
  constructor(
    files: readonly string[],
    functions: readonly string[],
    private readonly toLocal: (path: string) => string = (path) => path,
  ) {
    this.files = files.map(globTest);
    this.names = functions.map(nameTest);
  }

  get isEmpty(): boolean {
    return this.files.length === 0 && this.names.length === 0;
  }

  /** Whether a function, by its displayed name and the path of its file, is to be skipped. */
  skips(name: string | undefined, file: string | undefined): boolean {
    return (file !== undefined && this.skipsFile(file)) || (name !== undefined && this.skipsName(name));
  }

  private skipsFile(file: string): boolean {
    return remembered(this.knownFiles, file, () => this.files.some((test) => test(file) || test(this.toLocal(file))));
  }

  private skipsName(name: string): boolean {
    return remembered(this.knownNames, name, () => {
      const plain = withoutTemplateArguments(name);
      return this.names.some((test) => test(name) || test(plain));
    });
  }
}

/** Answers kept of each kind. */
const MAX_KNOWN = 10_000;

function remembered(known: Map<string, boolean>, key: string, decide: () => boolean): boolean {
  let answer = known.get(key);
  if (answer === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, (answer = decide()));
  }
  return answer;
}

function globTest(glob: string): Test {
  let pattern = '';
  let braces = 0;
  for (let at = 0; at < glob.length; at++) {
    const c = glob[at]!;
    if (glob.startsWith('**/', at)) {
      pattern += '(?:.*/)?';
      at += 2;
    } else if (glob.startsWith('**', at)) {
      pattern += '.*';
      at++;
    } else if (c === '*') pattern += '[^/]*';
    else if (c === '?') pattern += '[^/]';
    else if (c === '{' && glob.includes('}', at)) {
      pattern += '(?:';
      braces++;
    } else if (c === '}' && braces > 0) {
      pattern += ')';
      braces--;
    } else if (c === ',' && braces > 0) pattern += '|';
    else pattern += escaped(c);
  }
  pattern += ')'.repeat(braces);
  const whole = new RegExp(`^(?:${pattern})$`);
  // A file name stands for the file in any folder.
  return glob.includes('/') ? (path) => whole.test(path) : (path) => whole.test(basename(path));
}

function nameTest(name: string): Test {
  const expression = /^\/(.*)\/([a-z]*)$/s.exec(name);
  const whole = new RegExp(`^${name.split('*').map(escaped).join('.*')}$`, 's');
  if (!expression) return (text) => whole.test(text);
  try {
    const pattern = new RegExp(expression[1]!, expression[2]?.replace(/[gy]/g, ''));
    return (text) => pattern.test(text);
  } catch (error) {
    throw new UserError(`“skipFunctions” has ${name}, which is no regular expression: ${(error as Error).message}.`);
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
