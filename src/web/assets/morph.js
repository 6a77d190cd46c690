/**
 * Brings the parts of a page to what the server makes of them now. A part that the server makes as before stays as it is,
 * with what was typed or opened in it; another is put in its place, and what was focused, open or scrolled stays so.
 * @param main the element in the page
 * @param known the same as the server made it last
 * @param fresh as the server makes it now
 * @returns whether anything differs
 */
export function morph(main, known, fresh) {
  const before = keyed(known);
  const shown = keyed(main);
  let differs = false;
  let place = main.firstElementChild;
  for (const [key, part] of keyed(fresh)) {
    let current = shown.get(key);
    shown.delete(key);
    if (!current || before.get(key)?.outerHTML !== part.outerHTML) {
      differs = true;
      const old = current;
      current = document.importNode(part, true);
      if (old && place === old) place = current;
      if (old) replace(old, current);
    }
    // Only what stands elsewhere is moved: that would lose its focus.
    if (place === current) place = current.nextElementSibling;
    else main.insertBefore(current, place);
  }
  for (const part of shown.values()) part.remove();
  return differs || shown.size > 0;
}

/** The parts by what they are: of two alike, the first and the second. */
function keyed(main) {
  const parts = new Map();
  for (const part of main.children) {
    const kind = [part.tagName, part.id, part.getAttribute('aria-labelledby') ?? '', part.className].join(' ');
    let key = kind;
    for (let number = 2; parts.has(key); number++) key = `${kind} ${number}`;
    parts.set(key, part);
  }
  return parts;
}

function replace(old, current) {
  for (const details of old.querySelectorAll('details')) {
    const same = twin(details, old, current);
    if (same) same.open = details.open;
  }
  const scrolled = [...old.querySelectorAll('.scroll')].map((box) => [twin(box, old, current), box.scrollLeft]);
  const focused = old.contains(document.activeElement) ? twin(document.activeElement, old, current) : null;
  old.replaceWith(current);
  for (const [box, left] of scrolled) if (box) box.scrollLeft = left;
  focused?.focus({ preventScroll: true });
}

/** The element in another version of a part that is the same to a reader. */
function twin(element, old, current) {
  const name = (one) =>
    one.getAttribute('aria-label') ?? one.getAttribute('href') ?? one.querySelector('summary')?.textContent ?? '';
  const alike = (part) => [...part.querySelectorAll(element.tagName)].filter((one) => name(one) === name(element));
  return alike(current)[alike(old).indexOf(element)] ?? null;
}
