// Measures on a noisy machine: runs all subjects in turn, round after round, and takes the median of each.

export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/**
 * Returns the nanoseconds that one call of each subject takes.
 *
 * @param milliseconds returns the time that a number of calls of a subject takes
 * @param rounds how often to measure each subject
 * @param long how many milliseconds each measurement takes, which has to be much longer than any disturbance
 */
export async function measure(subjects, milliseconds, { rounds, long }) {
  const calls = new Map();
  for (const subject of subjects) {
    let times = 1;
    // Start with few calls: new code gets faster once it is compiled.
    while ((await milliseconds(subject, times)) < long / 2) times *= 2;
    calls.set(subject, times);
  }
  const taken = new Map(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [subject, times] of calls) {
      const took = await milliseconds(subject, times);
      taken.get(subject).push(took / times);
      // Adjust the number, in case an earlier measurement was disturbed.
      calls.set(subject, Math.ceil((times * long) / Math.max(took, long / 20)));
    }
  }
  return subjects.map((subject) => [subject, median(taken.get(subject)) * 1e6]);
}
