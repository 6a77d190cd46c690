export { follows } from '../application/input/follows.js';
