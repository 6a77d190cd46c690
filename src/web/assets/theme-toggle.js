/** The button that turns the page dark, and light again. What the system says anyway need not be remembered. */
export function startThemeToggle() {
  const button = document.querySelector('[data-theme-toggle]');
  if (!button) return;
  const root = document.documentElement;
  const show = () => button.setAttribute('aria-pressed', String(root.dataset.bsTheme === 'dark'));
  button.addEventListener('click', () => {
    root.dataset.bsTheme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
    remember(root.dataset.bsTheme);
    show();
  });
  root.addEventListener('themechange', show);
  show();
  button.hidden = false;
}

function remember(theme) {
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  try {
    if (theme === system) localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
  } catch {
    // Storage may be forbidden; then it holds for this page.
  }
}
