/** How values are shown in this session: limits, notation, and the formatters of the workspace. */
import type { FormatLimits } from '../expr/formatter';
import { builtinFormatters } from '../expr/formatters/builtin';
import type { FormatterRegistry } from '../expr/formatters/registry';
import { DEFAULT_LIMITS } from '../expr/presentation/valueformat';

export interface Formatting {
  readonly limits: FormatLimits;
  readonly registry: FormatterRegistry;
  readonly hex: boolean;
  readonly raw: boolean;
}

export const defaultFormatting: Formatting = {
  limits: DEFAULT_LIMITS,
  registry: builtinFormatters,
  hex: false,
  raw: false,
};
