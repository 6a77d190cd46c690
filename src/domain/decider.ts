/**
 * A decider: the rules of one kind of stream as pure functions.
 * `decide` says what a command makes happen in a state (nothing: an empty list), or throws a DebciError;
 * `evolve` folds one event into the state. No clock, no I/O: what they need comes in the command.
 */
export interface Decider<State, Command, Event> {
  readonly initialState: State;
  decide(state: State, command: Command): Event[];
  evolve(state: State, event: Event): State;
}

/** The state after these events. */
export function fold<State, Event>(
  decider: Pick<Decider<State, never, Event>, 'evolve' | 'initialState'>,
  events: Iterable<Event>,
): State {
  let state = decider.initialState;
  for (const event of events) state = decider.evolve(state, event);
  return state;
}
