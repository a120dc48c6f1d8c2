import type { PlanField } from '../_contract';

/** A range as its parts are typed; the server says whether it can be one. */
export interface Range {
  readonly low: string;
  readonly high: string;
  readonly step: string;
  readonly isLog: boolean;
}

/** The parts of a text like 1e-5..1e-1:log or 0..0.5:0.1; null for any other. */
export function rangeOf(text: string): Range | null {
  const place = text.indexOf('..');
  if (place < 0 || text.startsWith('{')) {
    return null;
  }
  const [high = '', ...words] = text.slice(place + 2).split(':');
  return {
    low: text.slice(0, place),
    high,
    step: words.find(word => word !== 'log') ?? '',
    isLog: words.includes('log')
  };
}

export function rangeText({ low, high, step, isLog }: Range): string {
  return `${low}..${high}${isLog ? ':log' : ''}${step ? `:${step}` : ''}`;
}

/** What stands between the braces of choices; null where there are none. */
export function choicesOf(text: string): string | null {
  return text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : null;
}

export const choicesText = (inside: string): string => `{${inside}}`;

/** Whether a parameter is varied by this text: a range only of what takes numbers. */
export function isSearched({ kind }: Pick<PlanField, 'kind'>, text: string): boolean {
  return choicesOf(text) !== null || (takesNumbers(kind) && rangeOf(text) !== null);
}

const takesNumbers = (kind: PlanField['kind']): boolean =>
  ['whole', 'number', 'any'].includes(kind);

/** What is searched of a parameter to begin with, by its type and default. */
export function suggested(
  field: Pick<PlanField, 'kind' | 'default' | 'value' | 'choices'>
): string {
  const text = field.default ?? field.value;
  const middle = text === '' ? NaN : Number(text);
  switch (field.kind) {
    case 'flag':
      return '{false,true}';
    case 'choice':
      return choicesText((field.choices ?? []).join(','));
    case 'whole':
      return middle > 1
        ? `${Math.max(1, Math.round(middle / 4))}..${Math.round(middle * 2)}`
        : '1..10';
    case 'number':
      return middle > 0 ? `${plain(middle / 10)}..${plain(middle * 10)}:log` : '0..1';
    case 'any':
      return middle > 0 ? `${plain(middle / 2)}..${plain(middle * 2)}` : choicesText(text);
    default:
      return choicesText(text);
  }
}

/** Without the tail of a division: 0.3, not 0.30000000000000004. */
const plain = (value: number): string => String(Number(value.toPrecision(6)));
