import { MatchList } from './match-list.js';

/** So long after a key nothing is asked: fast typing is one question. */
const PAUSE_MS = 120;

/**
 * Search as you type, for each search field: a combobox with a list (WAI-ARIA's pattern). Arrows choose, Enter goes
 * there, Escape closes; Enter with nothing chosen sends the form, as it does without scripts.
 */
export function startSearch() {
  for (const form of document.querySelectorAll('form.search')) attach(form, form.querySelector('input'));
}

function attach(form, input) {
  const list = new MatchList(input);
  form.append(list.element);
  let timer;
  let asking = new AbortController();

  function close() {
    clearTimeout(timer);
    asking.abort();
    list.show([]);
  }

  async function ask() {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const query = input.value.trim();
    if (query === '') return close();
    try {
      const url = `${form.action}?${new URLSearchParams({ query })}`;
      const response = await fetch(url, { headers: { accept: 'application/json' }, signal });
      if (response.ok) list.show((await response.json()).matches);
    } catch {
      // Given up for a newer question, or no network: the form still works.
    }
  }

  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  const keys = {
    Escape: () => list.isOpen && (close(), true),
    ArrowDown: () => (list.isOpen ? list.move(1) : ask(), true),
    ArrowUp: () => list.isOpen && (list.move(-1), true),
    Enter: () => list.chosen !== null && (location.assign(list.chosen.href), true),
  };
  input.addEventListener('keydown', (event) => {
    if (Object.hasOwn(keys, event.key) && keys[event.key]()) event.preventDefault();
  });
  form.addEventListener('focusout', ({ relatedTarget }) => {
    if (!form.contains(relatedTarget)) close();
  });
}
