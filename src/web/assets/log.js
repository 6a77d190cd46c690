/** Opens the section that an address points into, and offers to open or close all. */
export function startLog() {
  const log = document.querySelector('.log');
  if (!log) return;
  const sections = [...log.querySelectorAll('details.fold')];
  addEventListener('hashchange', () => reveal(log));
  reveal(log);
  if (sections.length < 2) return;
  const bar = document.createElement('p');
  bar.className = 'log-bar';
  for (const [text, open] of [
    ['Open all', true],
    ['Close all', false],
  ]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-sm';
    button.textContent = text;
    button.addEventListener('click', () => {
      for (const section of sections) section.open = open;
    });
    bar.append(button);
  }
  log.prepend(bar);
}

function reveal(log) {
  const target =
    document.getElementById(decodeURI(location.hash.slice(1))) ?? document.getElementById(location.hash.slice(1));
  if (!target || !log.contains(target)) return;
  target.closest('details').open = true;
  target.scrollIntoView();
}
