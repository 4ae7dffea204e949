// SPDX-License-Identifier: BSD-3-Clause
// How many tasks to run before looking up, and when help is worth its cost. Functions only.
#pragma once

#include <algorithm>
#include <cstdint>

namespace reactor::engine {

// Between two blocks the rest of a range lies in a queue for anybody to steal; a block itself is
// private. So a block is long enough that the queue's ~0.1 µs don't count, and short enough that
// what it hides doesn't matter.
inline constexpr std::uint64_t k_block_min_ns = 4'000;
inline constexpr std::uint64_t k_block_max_ns = 32'000;

// Waking a sleeping thread costs its waker some µs, and tens of them pass until it runs: a CPU that
// has been idle for a millisecond sleeps, too. So a run pays for that that is longer than both.
inline constexpr std::uint64_t k_wake_worth_ns = 40'000;

// The next block of `left` tasks that take task_ns each (0: not known yet) among `participants`.
constexpr std::uint64_t block_tasks(std::uint64_t left, std::uint64_t task_ns,
                                    std::uint64_t participants) noexcept {
  if (task_ns == 0) return 1;
  std::uint64_t const least = std::max<std::uint64_t>(1, k_block_min_ns / task_ns);
  std::uint64_t const most = std::max<std::uint64_t>(1, k_block_max_ns / task_ns);
  std::uint64_t const fair = left / (2 * participants);
  return std::min(left, std::clamp(fair, least, most));
}

// How many tasks that cannot fail may begin after one look at the latch: as long as that is next to
// nothing. Few, as they may have become longer since the last time.
constexpr std::uint16_t unwatched_tasks(std::uint64_t task_ns) noexcept {
  constexpr std::uint64_t k_unwatched_ns = 1'000;
  constexpr std::uint64_t k_most = 64;
  if (task_ns == 0) return 1;
  return static_cast<std::uint16_t>(std::clamp<std::uint64_t>(k_unwatched_ns / task_ns, 1, k_most));
}

// How often to look whether tasks that may take timeout_ns have begun: what is noticed late is
// given up on late, by a quarter of its time, 5 ms, or a sixteenth.
constexpr std::uint64_t look_period_ns(std::uint64_t timeout_ns) noexcept {
  constexpr std::uint64_t k_least_ns = 200'000;
  constexpr std::uint64_t k_short_ns = 5'000'000;
  return std::max({k_least_ns, timeout_ns / 16, std::min(timeout_ns / 4, k_short_ns)});
}

// Do `tasks` of task_ns each (0: not known, so no) take as long as that?
constexpr bool is_longer(std::uint64_t tasks, std::uint64_t task_ns, std::uint64_t ns) noexcept {
  return task_ns != 0 && tasks >= (ns + task_ns - 1) / task_ns;
}

// What to remember when a run of tasks has taken task_ns each, known_ns the last time (0: not
// known): is that news? Many threads may read what one writes.
constexpr bool is_another_pace(std::uint64_t known_ns, std::uint64_t task_ns) noexcept {
  std::uint64_t const slack_ns = known_ns / 4 + 2;
  return known_ns == 0 || task_ns > known_ns + slack_ns || task_ns + slack_ns < known_ns;
}

}  // namespace reactor::engine
