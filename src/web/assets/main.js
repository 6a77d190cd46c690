import { startAges } from './ages.js';
import { startLive } from './live.js';
import { startLog } from './log.js';
import { startSearch } from './search.js';
import { startThemeToggle } from './theme-toggle.js';

/* Every page works without scripts; each of these makes one thing better. The first one looks at the page as it came. */
startLive();
startThemeToggle();
startSearch();
startLog();
startAges();
