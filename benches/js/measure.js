// Times that bear a noisy machine: all subjects in turn, round after round, and of each the median.

export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/**
 * The nanoseconds that one call of each subject takes.
 *
 * @param milliseconds from a subject and a number of calls to the time they take
 * @param rounds how often each is measured
 * @param long how long each time takes, in milliseconds: far more than what disturbs it
 */
export async function measure(subjects, milliseconds, { rounds, long }) {
  const calls = new Map();
  for (const subject of subjects) {
    let times = 1;
    // Short ones at first, since what is new to the compiler gets faster.
    while ((await milliseconds(subject, times)) < long / 2) times *= 2;
    calls.set(subject, times);
  }
  const taken = new Map(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [subject, times] of calls) {
      const took = await milliseconds(subject, times);
      taken.get(subject).push(took / times);
      // Where the last time was disturbed, the next has a better number.
      calls.set(subject, Math.ceil((times * long) / Math.max(took, long / 20)));
    }
  }
  return subjects.map((subject) => [subject, median(taken.get(subject)) * 1e6]);
}
