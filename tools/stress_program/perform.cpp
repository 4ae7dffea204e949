// SPDX-License-Identifier: BSD-3-Clause
#include "perform.hpp"

#include <list>
#include <optional>
#include <utility>
#include <vector>

#include "action.hpp"
#include "check.hpp"

namespace stress {

namespace {

template <class Tasks>
Tasks make_tasks(std::size_t count) {
  Tasks tasks;
  for (std::size_t number = 0; number < count; ++number) tasks.emplace_back(number);
  return tasks;
}

// Each task is beside its own outcome.
template <class Tasks, class R>
void check_correlation(RunState const& state, Tasks const& tasks,
                       reactor::Results<R> const& results) {
  struct {
    std::size_t operator()(std::size_t task) const { return task; }
    std::size_t operator()(Counted const& task) const { return task.number(); }
  } const number_in;
  for (auto&& [task, outcome] : reactor::correlate(tasks, results)) {
    if (number_in(task) != outcome.index()) {
      state.stage.verdict().differs("task {} is beside outcome {}", number_in(task),
                                    outcome.index());
    }
  }
}

template <class R>
class Performance {
 public:
  Performance(RunState& state, reactor::Results<R>& results)
      : state_(state), plan_(state.plan), results_(results) {}

  // Throws nothing for a failed task: that is in thrown().
  void make() {
    if (returns_failures(plan_)) {
      make_with<true>();
    } else {
      make_with<false>();
    }
  }

  void check() const {
    Check const check(plan_, state_.marks, state_.stage.verdict(), state_.stage.totals().progress);
    if (thrown_ && !plan_.into) {
      check.error_alone(*thrown_);
    } else {
      check.outcomes(results_, thrown_);
    }
    if (!state_.seats.are_free()) {
      state_.stage.verdict().differs("a run of {} tasks is over, and some are still in flight",
                                     plan_.tasks);
    }
    if (thrown_) add(state_.stage.totals().stopped_runs);
    state_.stage.book(state_.which, state_.marks.count(), errors());
  }

  std::optional<reactor::TaskError> const& thrown() const { return thrown_; }

 private:
  template <bool ReturnsFailures>
  void make_with() {
    Action<R, ReturnsFailures> const action(state_);
    try {
      switch (plan_.input) {
        case Input::count:
          return run(plan_.tasks, action);
        case Input::given_away:
          return run(make_tasks<std::vector<Counted>>(plan_.tasks), action);
        case Input::borrowed:
          return run_lvalue(make_tasks<std::vector<Counted>>(plan_.tasks), action);
        case Input::copied:
          return run_lvalue(make_tasks<std::list<Counted>>(plan_.tasks), action);
      }
    } catch (reactor::TaskError const& error) {
      thrown_ = error;
    }
  }

  template <class Tasks, class AnyAction>
  void run_lvalue(Tasks const& tasks, AnyAction const& action) {
    run(tasks, action);
    check_correlation(state_, tasks, results_);
  }

  template <class Tasks, class AnyAction>
  void run(Tasks&& tasks, AnyAction const& action) {
    reactor::Reactor& reactor = state_.stage.reactor(state_.which);
    reactor::RunOptions options;
    if (plan_.stop_on_error != state_.stage.plan(state_.which).stop_on_error) {
      options.stop_on_error = plan_.stop_on_error;
    }
    options.completion_order = plan_.order;
    if (plan_.into) {
      reactor.run_into(results_, std::forward<Tasks>(tasks), action, options);
    } else {
      results_ = reactor.run(std::forward<Tasks>(tasks), action, options);
    }
  }

  std::size_t errors() const {
    return thrown_ ? thrown_->summary().failed : results_.summary().failed;
  }

  RunState& state_;
  RunPlan const& plan_;
  reactor::Results<R>& results_;
  std::optional<reactor::TaskError> thrown_;
};

template <class R>
void perform_with(RunState& state, reactor::Results<R>& results) {
  Performance<R> performance(state, results);
  performance.make();
  performance.check();
}

}  // namespace

void perform(Stage& stage, unsigned which, RunPlan const& plan, Repeated& repeated,
             std::latch* begun) {
  // A caller that takes part would run it itself, and wake nobody.
  if (plan.tasks == 1 && !stage.plan(which).caller_participates) add(stage.totals().woken_runs);
  RunState state(stage, which, plan, begun);
  switch (plan.output) {
    case Output::number:
      return perform_with(state, repeated.numbers);
    case Output::object:
      return perform_with(state, repeated.objects);
    case Output::nothing:
      return perform_with(state, repeated.nothings);
  }
}

std::uint64_t perform_inner(Stage& stage, unsigned which, RunPlan const& plan) {
  RunState state(stage, which, plan, nullptr);
  reactor::Results<std::uint64_t> results;
  Performance<std::uint64_t> performance(state, results);
  performance.make();
  performance.check();
  add(stage.totals().inner_runs);
  if (performance.thrown()) throw reactor::TaskError(*performance.thrown());
  std::uint64_t sum = 0;
  for (auto const outcome : results) sum += outcome.value_or(0);
  return sum;
}

}  // namespace stress
