/** What the metadata of a notebook or cell fills into a form, as typed. */
export interface Prefill {
  readonly values: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
}

/** Options that a notebook may suggest: no variables, no secrets. */
const OPTIONS = ['profile', 'cpu', 'memory', 'gpu', 'timeout'];
const LONGEST = 1000;

/** Reads `{parameters: {…}, profile: …, memory: …}`. Whatever is not plain and short is passed by. */
export function prefillOf(metadata: unknown): Prefill {
  const { parameters, ...rest } = record(metadata);
  return { values: plain(record(parameters)), options: plain(rest, OPTIONS) };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function plain(values: Record<string, unknown>, names?: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => /^[A-Za-z_]\w{0,99}$/.test(name) && (!names || names.includes(name)))
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
      .map(([name, value]): [string, string] => [name, String(value)])
      .filter(([, text]) => text !== '' && text.length <= LONGEST)
  );
}
