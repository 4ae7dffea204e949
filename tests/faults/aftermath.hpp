// SPDX-License-Identifier: BSD-3-Clause
// What must hold after a fault: how it may end, what must not be left behind, what must still work.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <exception>
#include <filesystem>
#include <iterator>
#include <new>
#include <ostream>
#include <system_error>
#include <vector>

#include "reactor/reactor.hpp"
#include "tests/contract/machine.hpp"
#include "tests/contract/rendezvous.hpp"
#include "tests/faults/counted.hpp"

namespace faults {

// What a task throws on purpose. Allocates nothing beyond itself.
struct Planned : std::exception {
  explicit Planned(std::size_t which) noexcept : number(which) {}
  char const* what() const noexcept override { return "planned"; }
  Counted number;
};

enum class Ending { well, bad_alloc, system_error, options_error, task_error, error, planned, odd };

inline std::ostream& operator<<(std::ostream& out, Ending ending) {
  constexpr char const* k_names[] = {"well",       "bad_alloc", "system_error", "options_error",
                                     "task_error", "error",     "planned",      "odd"};
  return out << k_names[static_cast<int>(ending)];
}

// Allocates nothing.
template <class F>
Ending ending_of(F const& f) {
  try {
    f();
    return Ending::well;
  } catch (std::bad_alloc const&) {
    return Ending::bad_alloc;
  } catch (std::system_error const&) {
    return Ending::system_error;
  } catch (reactor::OptionsError const&) {
    return Ending::options_error;
  } catch (reactor::TaskError const&) {
    return Ending::task_error;
  } catch (reactor::Error const&) {
    return Ending::error;
  } catch (Planned const&) {
    return Ending::planned;
  } catch (...) {
    return Ending::odd;
  }
}

inline std::ptrdiff_t thread_count() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       std::filesystem::directory_iterator());
}

// A thread that was joined may still be listed for a moment.
inline std::ptrdiff_t settled_thread_count() {
  EXPECT_TRUE(eventually([] { return workers_of("reactor").empty(); }));
  return thread_count();
}

// Runs of all kinds, with all their outcomes right.
inline void expect_works(reactor::Reactor& reactor) {
  auto const all_well = reactor.run(30, [](std::size_t task) { return 2 * task; });
  for (auto const outcome : all_well) EXPECT_EQ(outcome.value(), 2 * outcome.index());
  auto const every_third_fails = [](std::size_t task) {
    if (task % 3 == 1) throw Planned(task);
    return task;
  };
  auto const kept_going = reactor.run(30, every_third_fails, {.stop_on_error = false});
  EXPECT_EQ(kept_going.summary().failed, 10u);
  for (auto const outcome : kept_going) {
    EXPECT_EQ(outcome.has_value(), outcome.index() % 3 != 1);
    if (outcome) continue;
    EXPECT_EQ(outcome.error().task_index(), outcome.index());
  }
  EXPECT_THROW(reactor.run(30, every_third_fails, {.stop_on_error = true}), reactor::TaskError);
}

// Taken before anything goes wrong, compared with afterwards.
class Before {
 public:
  Before() : live_(Counted::live()), cpus_(cpus_chosen()), threads_(settled_thread_count()) {}

  // No thread and no object is left; no CPU counts as used: the same ones are chosen again, and
  // workers can be pinned to them. More workers than CPUs, so that any one used would tip the
  // balance.
  void expect_nothing_left() const {
    EXPECT_EQ(Counted::live(), live_);
    EXPECT_EQ(Counted::mistakes(), 0);
    EXPECT_TRUE(eventually([this] { return thread_count() == threads_; }))
        << thread_count() << " threads, before: " << threads_;
    EXPECT_EQ(cpus_chosen(), cpus_);
    EXPECT_TRUE(eventually([this] { return thread_count() == threads_; }));
  }

 private:
  static std::vector<int> cpus_chosen() {
    std::size_t const workers = usable_cpus().size() + 1;
    reactor::Reactor const reactor({.parallelism = workers});
    EXPECT_EQ(reactor.stats().pinned, workers);
    return reactor.options().cpus;
  }

  long const live_;
  std::vector<int> const cpus_;
  std::ptrdiff_t const threads_;  // counted later: sanitizers add one of their own to the first
};

}  // namespace faults
