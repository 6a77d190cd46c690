/** The list below a search field. The field keeps the focus; which match is chosen is told by its attributes. */
export class MatchList {
  #input;
  #place = -1;

  constructor(input) {
    this.#input = input;
    this.element = document.createElement('ul');
    this.element.id = `${input.id}-matches`;
    this.element.className = 'matches dropdown-menu';
    this.element.setAttribute('role', 'listbox');
    this.element.setAttribute('aria-label', 'Packages');
    // A link would take the focus from the field, and close the list, before it is clicked.
    this.element.addEventListener('pointerdown', (event) => event.preventDefault());
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-controls', this.element.id);
    input.setAttribute('aria-autocomplete', 'list');
    this.show([]);
  }

  get isOpen() {
    return this.element.childElementCount > 0;
  }

  /** The chosen match's link; null: none is chosen. */
  get chosen() {
    return this.element.children[this.#place]?.firstElementChild ?? null;
  }

  /** Of none, the list closes. */
  show(matches) {
    this.element.replaceChildren(...matches.map((match, place) => optionOf(match, `${this.element.id}-${place}`)));
    this.element.classList.toggle('show', this.isOpen);
    this.#input.setAttribute('aria-expanded', String(this.isOpen));
    this.#choose(-1);
  }

  /** One further, or back; around the ends. */
  move(by) {
    const count = this.element.childElementCount;
    this.#choose(this.#place < 0 && by < 0 ? count - 1 : (this.#place + by + count) % count);
  }

  #choose(place) {
    this.#place = place;
    [...this.element.children].forEach((option, index) => {
      option.setAttribute('aria-selected', String(index === place));
      option.firstElementChild.classList.toggle('active', index === place);
    });
    const option = this.element.children[place];
    if (option) this.#input.setAttribute('aria-activedescendant', option.id);
    else this.#input.removeAttribute('aria-activedescendant');
    option?.scrollIntoView({ block: 'nearest' });
  }
}

function optionOf({ name, href }, id) {
  const option = document.createElement('li');
  option.id = id;
  option.setAttribute('role', 'option');
  const link = document.createElement('a');
  link.className = 'dropdown-item';
  link.href = href;
  link.tabIndex = -1;
  link.textContent = name;
  option.append(link);
  return option;
}
