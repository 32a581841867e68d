/**
 * Sanitizer reports. Each sanitizer's runtime passes what it prints to `__sanitizer_on_print` and ends a report with
 * `__sanitizer_report_error_summary`, both exported for users to replace (sanitizer/common_interface_defs.h). UBSan's
 * reports are one line and come without a summary; `__ubsan_on_report` announces them.
 */
import { readCString } from '../../common/readers';
import type { Thread } from '../thread';
import { argument, type Hook, type HookContext } from './hook';
import type { ExceptionReport } from './report';

const MAX_PRINT = 64 * 1024;
/** Of what is kept of one report. */
const MAX_REPORT = 256 * 1024;

/** Colours, which a report on a terminal has. */

const COLOUR = /\x1b\[[0-9;]*m/g;

/** `/src/a.c:8:45: runtime error: signed integer overflow: …` */
const UNDEFINED_BEHAVIOUR = /^(?:(.*?:\d+(?::\d+)?): )?runtime error: (.*)/m;
/** `==123==ERROR: AddressSanitizer: heap-use-after-free on address …`, `WARNING: ThreadSanitizer: data race (pid=…)` */
const HEADLINE = /(?:ERROR|WARNING): (\w+Sanitizer): (.*)/;
/** `SUMMARY: AddressSanitizer: heap-use-after-free a.cpp:6 in main` */
const SUMMARY = /^(?:SUMMARY: )?(\w+Sanitizer): (.*)/m;
const LOCATION = /(\S+:\d+(?::\d+)?)(?: in .*)?$/;

/** What was printed since the last report that was told. */
class Transcript {
  private text = '';
  /** A report whose text has been told and whose summary is still to come. */
  private isTold = false;

  printed(chunk: string): ExceptionReport | undefined {
    const plain = chunk.replace(COLOUR, '');
    if (HEADLINE.test(plain)) this.isTold = false;
    this.text = (this.text + plain).slice(-MAX_REPORT);
    const undefinedBehaviour = UNDEFINED_BEHAVIOUR.exec(this.text);
    if (undefinedBehaviour && this.text.endsWith('\n')) return this.told(behaviour(undefinedBehaviour, this.text));
    // Without a summary (print_summary=0) this is the last that a fatal report says.
    if (/ABORTING\s*$/.test(plain) && !this.isTold) return this.told(this.report(''));
    return undefined;
  }

  summary(line: string): ExceptionReport | undefined {
    if (this.isTold || /Sanitizer: undefined-behavior/.test(line)) {
      this.text = '';
      return undefined;
    }
    return this.told(this.report(line));
  }

  private told(report: ExceptionReport | undefined): ExceptionReport | undefined {
    this.text = '';
    this.isTold = report !== undefined;
    return report;
  }

  private report(line: string): ExceptionReport | undefined {
    const headline = HEADLINE.exec(this.text);
    const summary = SUMMARY.exec(line);
    const [, tool, what] = headline ?? summary ?? [];
    if (tool === undefined || what === undefined) return undefined;
    const location = summary && LOCATION.exec(summary[2]!)?.[1];
    return {
      filter: 'sanitizer',
      typeName: (summary?.[2] ?? what).replace(/ \(pid=.*|\s\S+:\d.*| on .*/s, ''),
      fullTypeName: tool,
      message: what,
      description: `${tool}: ${what}`,
      text: this.text.trim(),
      ...(location && { location }),
      isFatal: tool === 'AddressSanitizer',
    };
  }
}

function behaviour([, location, message]: readonly string[], text: string): ExceptionReport {
  return {
    filter: 'sanitizer',
    typeName: 'undefined behaviour',
    fullTypeName: 'UndefinedBehaviorSanitizer',
    message,
    description: `UndefinedBehaviorSanitizer: ${message}`,
    text: text.trim(),
    ...(location !== undefined && { location }),
    isFatal: false,
  };
}

/** A report is printed under a lock, so one transcript serves all threads. */
export function sanitizerHooks(): readonly Hook[] {
  const transcript = new Transcript();
  const said = (thread: Thread, { memory }: HookContext): string =>
    readCString(memory, argument(thread, 0), MAX_PRINT) ?? '';
  return [
    {
      filters: ['sanitizer'],
      symbols: ['__sanitizer_on_print'],
      reached: (thread, context) => transcript.printed(said(thread, context)),
    },
    {
      filters: ['sanitizer'],
      symbols: ['__sanitizer_report_error_summary'],
      reached: (thread, context) => transcript.summary(said(thread, context)),
    },
  ];
}
