// SPDX-License-Identifier: BSD-3-Clause
// Stop on error, with each task beside what became of it: run_into() leaves behind what there was
// when the run was stopped.
#include <iostream>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <vector>

int double_of(int task) {
  if (task == 30) throw std::out_of_range("30 is too many");
  return 2 * task;
}

char const* name_of(reactor::Status status) {
  switch (status) {
    case reactor::Status::failed:
      return "failed";
    case reactor::Status::skipped:
      return "skipped";
    default:
      return "unexpected";
  }
}

int main() {
  std::vector<int> const tasks = {10, 20, 30, 40, 50};

  // One task at a time, in order: with more, how far the others had come would differ between runs.
  reactor::Reactor reactor({.stop_on_error = true, .parallelism = 1});
  reactor::Results<int> results;
  try {
    reactor.run_into(results, tasks, double_of);
  } catch (reactor::TaskError const& error) {
    std::cout << "stopped by task " << error.task_index() << '\n';
  }

  for (auto const& [task, outcome] : reactor::correlate(tasks, results)) {
    std::cout << task << ": ";
    if (outcome) {
      std::cout << *outcome << '\n';
    } else {
      std::cout << name_of(outcome.status()) << '\n';
    }
  }
}
