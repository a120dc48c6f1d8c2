import { nullTranslator, type ITranslator, type TranslationBundle } from '@jupyterlab/translation';

/** Every string that went through the translator is in brackets, and a third longer. */
export const pseudo: TranslationBundle = new Proxy(nullTranslator.load('dh_jupyter'), {
  get: (bundle, name: '__' | '_n') =>
    name === '__' || name === '_n'
      ? (...given: [string]) => {
          const text = (bundle[name] as (...all: unknown[]) => string)(...given);
          return `⟦${text}${'~'.repeat(Math.ceil(text.length / 3))}⟧`;
        }
      : (bundle[name] as unknown)
});

export const pseudoTranslator = { load: () => pseudo } as unknown as ITranslator;

/** What is called so in every language. */
const NAMES = /\b(MLflow|Optuna dashboard|Python|DigitalHub)\b/g;

const UNITS = /\b\d[\d.]* ?(B|[kMG]B|[KMG]i)\b/g;
/** References are written alike everywhere. */
const DATA = /(?:\b[a-z]+\/)?X-[\w/@.:+-]*/g;

/** Whether there are words in a text that were not translated and are no data: data begins with X-. */
export function foreign(text: string): boolean {
  let left = text.replace(NAMES, '');
  // A translated part may be in a translated whole.
  for (let before = ''; before !== left;) {
    before = left;
    left = left.replace(/⟦[^⟦⟧]*⟧/g, '');
  }
  return /[A-Za-z]{2}/.test(left.replace(UNITS, '').replace(DATA, ''));
}

const SPOKEN = ['aria-label', 'title', 'placeholder', 'aria-valuetext', 'alt'];

/** All that can be read or heard of a node, and was not translated. */
export function untranslated(node: Element): string[] {
  const walker = node.ownerDocument.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const found: string[] = [];
  while (walker.nextNode()) {
    found.push(walker.currentNode.textContent ?? '');
  }
  for (const each of [node, ...node.querySelectorAll('*')]) {
    found.push(...SPOKEN.map(name => each.getAttribute(name) ?? ''));
  }
  return found.filter(foreign);
}
