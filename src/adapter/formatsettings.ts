/** How values are shown in this session: limits, notation, and the formatters of the workspace. */
import type { FormatLimits } from '../expr/formatter';
import { builtinFormatters } from '../expr/formatters/builtin';
import type { FormatterRegistry } from '../expr/formatters/registry';
import { DEFAULT_LIMITS, type ValueFormat } from '../expr/presentation/valueformat';
import { readFormatters } from './formatterfile';

export interface Formatting {
  readonly limits: FormatLimits;
  readonly registry: FormatterRegistry;
  /** What values have that nobody has given a format. */
  readonly format: ValueFormat;
}

/** As launch and attach arguments spell it; what is missing keeps its default. */
export interface FormatSettings {
  readonly stringLength?: number | undefined;
  readonly arrayItems?: number | undefined;
  readonly depth?: number | undefined;
  readonly hex?: boolean | undefined;
  readonly raw?: boolean | undefined;
}

export const defaultFormatting: Formatting = { limits: DEFAULT_LIMITS, registry: builtinFormatters, format: {} };

/** @param report hears a sentence for everything that is wrong with the files of formatters */
export function formattingOf(
  settings: FormatSettings,
  files: readonly string[] | undefined,
  folder: string,
  report: (problem: string) => void,
): Formatting {
  const { stringLength, arrayItems, depth, hex, raw } = settings;
  return {
    limits: {
      ...DEFAULT_LIMITS,
      ...(stringLength !== undefined && { stringLength }),
      ...(arrayItems !== undefined && { summaryItems: arrayItems }),
      ...(depth !== undefined && { depth }),
    },
    registry: builtinFormatters.withFirst(readFormatters(files, folder, report)),
    format: { ...(hex && { number: 'h' as const }), ...(raw && { isRaw: true }) },
  };
}
