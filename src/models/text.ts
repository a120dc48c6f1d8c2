/** Seconds as 4:12, over an hour 1:04:12. Never negative: clocks of two machines differ. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Four significant digits, thousands commas, and no more zeros than needed. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) {
    return value.toExponential(3);
  }
  return size >= 1000 || Number.isInteger(value)
    ? value.toLocaleString('en-US', { maximumFractionDigits: 0 })
    : String(Number(value.toPrecision(4)));
}

/** Bytes as 4.6Gi, 512Mi: the way resources are typed. */
export function bytesText(bytes: number): string {
  const units = ['', 'Ki', 'Mi', 'Gi', 'Ti'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 2 ** (10 * power);
  return `${value < 10 && power ? value.toFixed(1) : Math.round(value)}${units[power] ?? ''}`;
}

/** Characters of an id, as the catalogue writes them in references. */
const SHORT = 8;

/** One value of a parameter or result on one line, cut at `limit` characters. */
export function valueText(value: unknown, limit = 40): string {
  const text = typeof value === 'number' ? numberText(value) : asText(value);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** What a key names: store://project/entity/kind/name:id, python://project/name:id. */
export interface Named {
  readonly entity: string;
  readonly name: string;
}

/** `dataset/flights@68d01c9e`: what a key names, short enough to read and still told from its other versions. */
export function shortOf(key: string): string {
  const { entity, name } = namedBy(key);
  const id = key.slice(key.lastIndexOf('/') + name.length + 2);
  const word = entity === 'dataitem' ? 'dataset' : entity;
  return word && id ? `${word}/${name}@${id.slice(0, SHORT)}` : key;
}

/** Entity and name out of a key or executable reference; the text itself where it is neither. */
export function namedBy(key: string): Named {
  const [scheme = '', rest = ''] = key.split('://', 2);
  const parts = rest.split('/');
  const name = (parts.at(-1) ?? '').split(':', 1)[0] ?? '';
  if (!name) {
    return { entity: '', name: key };
  }
  return { entity: scheme === 'store' ? (parts[1] ?? '') : 'function', name };
}
