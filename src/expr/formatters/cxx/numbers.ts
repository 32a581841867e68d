/** Numbers of the library: complex, bitset, chrono's durations and time points. */
import { DataError, type DataValue } from '../../data';
import type { FormatContext, Formatted, Formatter } from '../../formatter';
import { bareType } from '../../../symbols/data/types';
import { named, plausibleCount, stdFormatter, typeArgument, valueArgument } from '../support';
import { bitSequence } from './sequences';
import { memberIfAny, memberOf } from './compressed';

function complex(value: DataValue, context: FormatContext): Formatted {
  const whole = value.memberIfAny('_M_value');
  if (whole) return { summary: context.summarize(whole), children: undefined };
  const [real, imaginary] = [memberOf(value, '__re_'), memberOf(value, '__im_')];
  const sign = imaginary.number() < 0 || Object.is(imaginary.number(), -0) ? '-' : '+';
  const size = context.summarize(imaginary).replace(/^-/, '');
  return {
    summary: `${context.summarize(real)} ${sign} ${size}i`,
    children: named([
      { name: 'real', value: real },
      { name: 'imag', value: imaginary },
    ]),
  };
}

/** Bits as they are written, the highest first; each is a child by its number. */
function bitset(value: DataValue): Formatted {
  const count = plausibleCount(valueArgument(value, 0) ?? 0n);
  if (count === 0) return { summary: '0 bits' };
  const words = memberIfAny(value, '_M_w', '__first_');
  if (words?.address === undefined) throw new DataError('it is not in memory');
  const formatted = bitSequence(value, words.address, 0, count);
  const shown = Math.min(count, 64);
  const bits = formatted.children!.slice(0, shown).map((child) => (child.value === 'true' ? '1' : '0'));
  return { ...formatted, summary: `${shown < count ? '…' : ''}${bits.reverse().join('')}` };
}

/** Names of the periods of std::chrono, `num/den` of a second. */
const PERIODS: ReadonlyMap<string, string> = new Map([
  ['1/1000000000', 'ns'],
  ['1/1000000', 'µs'],
  ['1/1000', 'ms'],
  ['1/1', 's'],
  ['60/1', 'min'],
  ['3600/1', 'h'],
  ['86400/1', 'd'],
  ['604800/1', 'weeks'],
  ['2629746/1', 'months'],
  ['31556952/1', 'years'],
]);

function duration(value: DataValue, context: FormatContext): Formatted {
  const count = memberOf(value, '__r', '__rep_');
  const period = bareType(typeArgument(value, 1));
  const arguments_ = period.kind === 'struct' ? period.templateArguments : [];
  const [numerator, denominator] = [arguments_[0]?.value, arguments_[1]?.value];
  if (numerator === undefined || denominator === undefined) throw new DataError('its period is not described');
  const name = PERIODS.get(`${numerator}/${denominator}`) ?? ` × ${numerator}/${denominator} s`;
  return { summary: `${context.summarize(count)}${name}`, children: named([{ name: 'count()', value: count }]) };
}

function timePoint(value: DataValue, context: FormatContext): Formatted {
  const since = memberOf(value, '__d', '__d_');
  const clock = bareType(typeArgument(value, 0));
  const children = named([{ name: 'time_since_epoch()', value: since }]);
  const isSystem = clock.kind === 'struct' && /(?:^|::)system_clock$/.test(clock.qualifiedName ?? '');
  const text = context.summarize(since);
  if (!isSystem) return { summary: text, children };
  return { summary: `${date(since) ?? ''} (${text})`.trimStart(), children };
}

/** The calendar date of a time since 1970 in UTC; undefined beyond what a calendar has. */
function date(since: DataValue): string | undefined {
  const period = bareType(typeArgument(since, 1));
  const [numerator, denominator] =
    period.kind === 'struct' ? period.templateArguments.map(({ value }) => Number(value ?? 0n)) : [];
  const milliseconds = (memberOf(since, '__r', '__rep_').number() * 1000 * (numerator ?? 0)) / (denominator ?? 1);
  if (!(Math.abs(milliseconds) < 8.64e15)) return undefined;
  return new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', ' UTC');
}

export const numbers: readonly Formatter[] = [
  stdFormatter('complex', complex),
  stdFormatter('bitset', bitset),
  stdFormatter('chrono::duration', duration),
  stdFormatter('chrono::time_point', timePoint),
];
