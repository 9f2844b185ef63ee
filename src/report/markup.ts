import { visible } from './escape.ts';

/** HTML that is already safe. Only this file makes it out of text, and escapes the text. */
export interface Markup {
  readonly html: string;
}

/** What an element may hold: text is escaped, markup is taken as it is, undefined vanishes. */
export type Content = Markup | string | undefined | readonly Content[];

/** Attributes of an element; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

const WITHOUT_END: ReadonlySet<string> = new Set(['meta', 'br']);

/** Returns an element of HTML or SVG; every text in it and every attribute is escaped. */
export function element(name: string, attributes: Attributes, ...content: readonly Content[]): Markup {
  const head = `<${name}${attributesOf(attributes)}>`;
  return { html: WITHOUT_END.has(name) ? head : `${head}${joined(content)}</${name}>` };
}

/** Returns a style sheet. Its text is this program's own, never data: a style element has no escapes. */
export function styleSheet(css: string): Markup {
  return { html: `<style>${css}</style>` };
}

/** Returns a whole document. */
export function documentOf(attributes: Attributes, ...content: readonly Content[]): string {
  return `<!doctype html>\n${element('html', attributes, ...content).html}\n`;
}

function joined(content: readonly Content[]): string {
  return content.map(htmlOf).join('');
}

function htmlOf(content: Content): string {
  if (content === undefined) return '';
  if (typeof content === 'string') return escaped(content);
  return 'html' in content ? content.html : joined(content);
}

function attributesOf(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escaped(String(value))}"`))
    .join('');
}

/** Attack: a column of the data is called `<img onerror=…>`, or turns what is beside it around with bidi controls. */
function escaped(text: string): string {
  return visible(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}
