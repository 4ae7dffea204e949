// SPDX-License-Identifier: BSD-3-Clause
#include "check.hpp"

namespace stress {

namespace {

// What was thrown, or returned: how the task has ended, and what it said.
struct Found {
  Ending ending = Ending::value;
  std::string message = {};
};

Found find_in(std::exception_ptr const& cause) {
  try {
    std::rethrow_exception(cause);
  } catch (Thrown const& thrown) {
    return {Ending::exception, thrown.what()};
  } catch (int number) {
    return {Ending::number, std::to_string(number)};
  } catch (reactor::TaskError const&) {
    return {Ending::inner_error};
  } catch (reactor::Error const& error) {
    return {Ending::message, error.what()};
  } catch (...) {
    return {Ending::thread_exit};
  }
}

Found expected_of(RunPlan const& plan, std::size_t task, Ending ending) {
  switch (ending) {
    case Ending::exception:
    case Ending::message:
      return {ending, message_of(plan, task)};
    case Ending::number:
      return {ending, std::to_string(number_of(task))};
    case Ending::null_pointer:
      return {Ending::message};  // an Error without words
    case Ending::value:
    case Ending::thread_exit:
    case Ending::inner_error:
      break;
  }
  return {ending};
}

}  // namespace

std::string difference_of_error(RunPlan const& plan, std::size_t task, Ending expected,
                                reactor::TaskError const& error) {
  if (expected == Ending::value) return fmt::format("failed, should be done: {}", error.what());
  if (error.cause() == nullptr) return "failed without a cause";
  if (error.task_index() != task || error.summary().total != plan.tasks ||
      !std::string_view(error.what())
           .starts_with(fmt::format("task {} of {} ", task, plan.tasks))) {
    return fmt::format("has the error of task {} of {}: {}", error.task_index(),
                       error.summary().total, error.what());
  }
  if (expected == Ending::thread_exit) return {};
  Found const should_be = expected_of(plan, task, expected);
  Found const is = find_in(error.cause());
  if (is.ending == should_be.ending && is.message == should_be.message) return {};
  return fmt::format("failed with {} '{}', expected {} '{}': {}", static_cast<int>(is.ending),
                     is.message, static_cast<int>(should_be.ending), should_be.message,
                     error.what());
}

void Check::error_alone(reactor::TaskError const& thrown) const {
  std::size_t const task = thrown.task_index();
  if (!plan_.stop_on_error) differs(task, "has stopped a run that keeps going");
  if (task >= plan_.tasks) return differs(task, "does not exist, but its error was thrown");
  differs(task, difference_of_error(plan_, task, fate_of(plan_, task).ending, thrown));
  reactor::Summary const& is = thrown.summary();
  if (is.failed == 0 || is.total != plan_.tasks || is.timed_out != 0 ||
      is.done + is.failed != marks_.count() || is.done + is.failed + is.skipped != is.total) {
    verdict_.differs("{} of {} tasks began: {} done, {} failed, {} skipped", marks_.count(),
                     is.total, is.done, is.failed, is.skipped);
  }
}

void Check::differs(std::size_t task, std::string const& how) const {
  if (!how.empty()) verdict_.differs("task {} of {} {}", task, plan_.tasks, how);
}

void Check::summary(reactor::Summary const& is, reactor::Summary const& should_be) const {
  if (is.total != should_be.total || is.done != should_be.done || is.failed != should_be.failed ||
      is.skipped != should_be.skipped || is.timed_out != 0) {
    verdict_.differs(
        "summary: {} done, {} failed, {} timed out, {} skipped of {}; counted: {}, {}, 0, {} of {}",
        is.done, is.failed, is.timed_out, is.skipped, is.total, should_be.done, should_be.failed,
        should_be.skipped, should_be.total);
  }
}

void Check::completion_order(std::span<std::size_t const> order, std::size_t finished) const {
  if (!plan_.order) finished = 0;
  if (order.size() != finished) {
    return verdict_.differs("a completion order of {} tasks, expected {}", order.size(), finished);
  }
  std::vector<std::size_t> sorted(order.begin(), order.end());
  std::ranges::sort(sorted);
  bool const are_distinct = std::ranges::adjacent_find(sorted) == sorted.end();
  auto const has_run = [&](std::size_t task) { return task < plan_.tasks && marks_.test(task); };
  if (!are_distinct || !std::ranges::all_of(sorted, has_run)) {
    verdict_.differs("a completion order with tasks that did not run, or twice");
  }
}

}  // namespace stress
