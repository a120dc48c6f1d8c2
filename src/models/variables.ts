/** A variable of a run's environment, as typed. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

const PLAIN = /^[\w./:@%+-]*$/;

/** The option `env` as a person would type it: `A=1,B=2`, or as JSON where a value has more than plain signs. */
export function typedOf(variables: readonly Variable[]): string {
  const given = variables.filter(({ name, value }) => name.trim() !== '' || value !== '');
  return given.every(({ value }) => PLAIN.test(value))
    ? given.map(({ name, value }) => `${name.trim()}=${value}`).join(',')
    : JSON.stringify(Object.fromEntries(given.map(({ name, value }) => [name.trim(), value])));
}

/** Names of a list with commas, and back. */
export const namesIn = (text: string): string[] =>
  text
    .split(',')
    .map(name => name.trim())
    .filter(Boolean);

/** The list with a name more, or without it. */
export function toggled(text: string, name: string): string {
  const names = namesIn(text);
  return (names.includes(name) ? names.filter(each => each !== name) : [...names, name]).join(',');
}
