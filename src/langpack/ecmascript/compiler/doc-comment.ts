import { ts } from './typescript.js';

/** What a doc comment says, taken apart. */
export interface DocComment {
  description?: string;
  /** Schema keywords by the tags' names, with their text as written. */
  tags: Map<string, string>;
}

/** Tags that become keywords of the schema. Everything else in a doc comment is for people. */
const SCHEMA_TAGS = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'integer',
  'asType',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'contentMediaType',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'title',
  'default',
  'example',
  'examples',
  'deprecated',
] as const;

const names = SCHEMA_TAGS.join('|');
/** A tag in the middle of a line, where the compiler sees only text: `@minimum 0 @maximum 9`. */
const CHAINED = new RegExp(`(?:^|\\s)@(${names})\\b`, 'g');
/** A tag within a sentence: `how many {@minimum 1}`. Braces inside must come in pairs. */
const INLINE = new RegExp(`\\s*\\{@(${names})\\b((?:[^{}]|\\{[^{}]*\\})*)\\}`, 'g');

/** Reads text and tags as the compiler hands them over. */
export function parseDocComment(text: string, tags: readonly { name: string; text: string }[]): DocComment {
  const found = new Map<string, string>();
  const own = takeTags(text, found);
  for (const tag of tags) {
    if (isSchemaTag(tag.name)) splitChain(`@${tag.name} ${tag.text}`, found);
  }
  return { tags: found, ...(own !== '' && { description: own }) };
}

function isSchemaTag(name: string): boolean {
  return (SCHEMA_TAGS as readonly string[]).includes(name);
}

/** Moves tags out of a description and gives back what is left of it, without the dash of `@param name - text`. */
function takeTags(text: string, found: Map<string, string>): string {
  return text
    .replace(INLINE, (_, name: string, value: string) => {
      found.set(name, value.trim());
      return '';
    })
    .trim()
    .replace(/^-\s+/, '');
}

function splitChain(text: string, found: Map<string, string>): void {
  const starts = [...text.matchAll(CHAINED)];
  starts.forEach((start, index) => {
    const from = start.index + start[0].length;
    found.set(start[1] ?? '', text.slice(from, starts[index + 1]?.index).trim());
  });
}

/** The doc comment of a declared name. */
export function docOfSymbol(symbol: ts.Symbol, checker: ts.TypeChecker): DocComment {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const tags = symbol.getJsDocTags(checker);
  const doc = parseDocComment(
    text,
    tags.map((tag) => ({ name: tag.name, text: ts.displayPartsToString(tag.text) })),
  );
  const inline = symbol.declarations?.[0] && inlineComment(symbol.declarations[0]);
  return inline === undefined ? doc : mergeDocs(doc, inline);
}

/** The doc comment of an interface, a class, an enum or an alias. */
export function docOfType(symbol: ts.Symbol, checker: ts.TypeChecker): DocComment {
  const typedef = symbol.declarations?.find(ts.isJSDocTypedefTag);
  return typedef ? docOfTypedef(typedef) : docOfSymbol(symbol, checker);
}

/** The doc comment of an alias, by its declaration. */
export function docOfAlias(
  declaration: ts.TypeAliasDeclaration | ts.JSDocTypedefTag,
  checker: ts.TypeChecker,
): DocComment {
  if (ts.isJSDocTypedefTag(declaration)) return docOfTypedef(declaration);
  const symbol = checker.getSymbolAtLocation(declaration.name);
  return symbol ? docOfSymbol(symbol, checker) : { tags: new Map() };
}

/** The comment that a `@typedef` is in is its doc comment. */
function docOfTypedef(typedef: ts.JSDocTypedefTag): DocComment {
  const comment = ts.isJSDoc(typedef.parent) ? typedef.parent : undefined;
  const text = ts.getTextOfJSDocComment(typedef.comment) ?? ts.getTextOfJSDocComment(comment?.comment) ?? '';
  return parseDocComment(text, (comment?.tags ?? []).map(readTag));
}

function readTag(tag: ts.JSDocTag): { name: string; text: string } {
  return { name: tag.tagName.text, text: ts.getTextOfJSDocComment(tag.comment) ?? '' };
}

/** `{ /** ... *\/ x: number }`: the compiler takes a comment that follows `{` or `;` on its line for the end of what was before. */
function inlineComment(declaration: ts.Declaration): DocComment | undefined {
  if (!ts.isPropertySignature(declaration) && !ts.isPropertyDeclaration(declaration)) return undefined;
  const { text } = declaration.getSourceFile();
  const range = ts.getTrailingCommentRanges(text, declaration.pos)?.at(-1);
  const comment = range && text.slice(range.pos, range.end);
  if (!range || !comment?.startsWith('/**') || text.slice(range.end, declaration.getStart()).includes('\n'))
    return undefined;
  const content = comment.slice(3, -2).replace(/\n\s*\*?/g, '\n');
  const tagsAt = content.search(/(?:^|\s)@\w/);
  const description = tagsAt < 0 ? content : content.slice(0, tagsAt);
  const doc = parseDocComment(description, []);
  if (tagsAt >= 0) splitChain(content.slice(tagsAt), doc.tags);
  return doc;
}

/** The comment right before a parameter, and what the function's `@param` says of it. */
export function docOfParameter(symbol: ts.Symbol, checker: ts.TypeChecker): DocComment {
  const declaration = symbol.valueDeclaration;
  const own = declaration ? ts.getJSDocCommentsAndTags(declaration).filter(ts.isJSDoc) : [];
  const before = own.map((comment) =>
    parseDocComment(ts.getTextOfJSDocComment(comment.comment) ?? '', (comment.tags ?? []).map(readTag)),
  );
  const named = docOfSymbol(symbol, checker);
  return mergeDocs(...before, named);
}

/** What the first says counts; later ones fill in. */
export function mergeDocs(...docs: DocComment[]): DocComment {
  const description = docs.find((doc) => doc.description !== undefined)?.description;
  const tags = new Map(docs.reverse().flatMap((doc) => [...doc.tags]));
  return { tags, ...(description !== undefined && { description }) };
}
