/** Control, direction-changing, invisible and line-breaking characters: nothing that a terminal or a page should meet. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Hostile text as one line of at most so many characters that is safe to print; what is not becomes U+FFFD. */
export function printable(text: string, maxCharacters: number): string {
  // Cut twice: before, so that a huge text costs nothing; after, by characters, so that none is split.
  const plain = text
    .slice(0, 2 * maxCharacters)
    .toWellFormed()
    .replace(UNPRINTABLE, '\ufffd');
  const characters = Array.from(plain);
  return characters.length <= maxCharacters ? plain : characters.slice(0, maxCharacters).join('');
}
