/** Characters that are read at one glance. */
const GLANCE = 200;
const SENTENCE = /^[^\n]*?[.!?](?=\s)/;

/** What a long text says first, and the rest of it: nothing is left out. */
export interface Headline {
  readonly head: string;
  readonly rest: string;
  /** Whether the rest is more than one glance. */
  readonly isLong: boolean;
}

/** Its first line; of a line that is too long its first sentence, and of one of these as many words as fit. */
export function headlineOf(text: string): Headline {
  const whole = text.trim();
  const end = endOfHead(whole);
  const isCut =
    end < whole.length && whole[end] !== '\n' && !SENTENCE.test(whole.slice(0, end + 1));
  const mark = isCut ? '…' : '';
  const rest = whole.slice(end).trim();
  return {
    head: whole.slice(0, end) + mark,
    rest: rest && mark + rest,
    isLong: rest.length > GLANCE || rest.split('\n').length > 3
  };
}

function endOfHead(text: string): number {
  const [line = ''] = text.split('\n', 1);
  if (line.length <= GLANCE) {
    return line.length;
  }
  const [sentence = ''] = SENTENCE.exec(line) ?? [];
  if (sentence && sentence.length <= GLANCE) {
    return sentence.length;
  }
  const space = line.lastIndexOf(' ', GLANCE);
  return space > GLANCE / 2 ? space : GLANCE;
}
