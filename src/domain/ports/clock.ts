/** Where the time comes from. Tests bring their own. */
export interface Clock {
  now(): Date;
}
