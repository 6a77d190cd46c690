const REFRESH_MS = 30_000;

/** Beside times of what is not over yet: how long ago they were. The pages themselves are of no certain moment. */
export function startAges() {
  show();
  setInterval(show, REFRESH_MS);
  document.addEventListener('pageupdate', show);
}

function show() {
  for (const place of document.querySelectorAll('[data-age]')) {
    const time = place.previousElementSibling?.dateTime;
    if (time) place.textContent = age((Date.now() - Date.parse(time)) / 1000);
  }
}

/** The two largest units. */
function age(seconds) {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  const parts = [
    [Math.floor(minutes / 1440), 'd'],
    [Math.floor(minutes / 60) % 24, 'h'],
    [minutes % 60, 'min'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first < 0) return 'now';
  const shown = parts.slice(first, first + 2).filter(([amount]) => amount > 0);
  return shown.map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}
