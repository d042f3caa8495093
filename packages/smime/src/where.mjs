// Which failures of the core are no last word.

/** The codes with which the core says that it does not know an algorithm, or finds nothing it can open. */
const NOT_THE_LAST_WORD = new Set([
  'unsupported_algorithm', 'algorithm_parameters', 'legacy_algorithm', 'wrong_key_kind', 'no_key', 'not_for_this_key',
  'cannot_open',
]);

/** Whether the complete module is to be asked. */
export function isForTheComplete(error) {
  return NOT_THE_LAST_WORD.has(error?.code);
}
