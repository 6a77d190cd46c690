/* Light or dark, before the first paint: what was chosen here, else what the system says. Bootstrap reads the attribute. */
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;

  function chosen() {
    try {
      const theme = localStorage.getItem('theme');
      return theme === 'light' || theme === 'dark' ? theme : null;
    } catch {
      // Storage may be forbidden; then nothing is remembered.
      return null;
    }
  }

  function apply() {
    root.dataset.bsTheme = chosen() ?? (dark.matches ? 'dark' : 'light');
    root.dispatchEvent(new Event('themechange'));
  }

  dark.addEventListener('change', apply);
  // Another window of this site.
  addEventListener('storage', apply);
  apply();
})();
