// SPDX-License-Identifier: BSD-3-Clause
// How a Reactor makes runs: the bodies of its templates that are too long to stand between its
// promises.
#pragma once

#include <memory>
#include <utility>

#include "reactor/detail/execute.hpp"
#include "reactor/detail/lazy_feed.hpp"
#include "reactor/detail/owned_run.hpp"
#include "reactor/reactor.hpp"

namespace reactor {

template <class R, class Tasks, class Action>
void Reactor::run_borrowed(Results<R>& results, Tasks&& tasks, Action& action,
                           RunOptions const& options) {
  using Indexed = decltype(detail::index_tasks(std::forward<Tasks>(tasks)));
  detail::Binding<Indexed, Action> run{detail::index_tasks(std::forward<Tasks>(tasks)),
                                       std::addressof(action), nullptr};
  results.prepare(run.tasks.size(), options.completion_order);
  run.values = results.values_;
  detail::Job job{&run, &detail::execute<Indexed, Action, false>, results.slots_.get(),
                  run.tasks.size(), stops_on_error(options)};
  job.pace = &detail::pace_of<Indexed, Action>;
  if (auto const failed = complete(job, options)) job.slots->throw_error(failed - 1);
}

template <class R, class Tasks, class Action>
void Reactor::run_owned(Results<R>& results, Tasks&& tasks, Action&& action,
                        RunOptions const& options) {
  using Run = detail::OwnedRun<Tasks, Action>;
  detail::Owned<Run> const run(new Run(std::forward<Tasks>(tasks), std::forward<Action>(action)));
  detail::Job job = prepare_owned(results, *run, options);
  if (auto const failed = complete(job, options)) job.slots->throw_error(failed - 1);
}

// Prepared for a run that owns what it touches.
template <class R, class Run>
detail::Job Reactor::prepare_owned(Results<R>& results, Run& run, RunOptions const& options) {
  results.prepare(run.bound.tasks.size(), options.completion_order);
  run.bound.values = results.values_;
  run.slots = results.slots_->share();
  detail::RunMode const mode = this->mode(options);
  detail::Job job{&run.bound, mode.has_limit ? Run::execute_limited : Run::execute,
                  results.slots_.get(), run.bound.tasks.size(), mode.stop_on_error};
  job.owner = &run;
  return job;
}

template <class Source, class Action>
auto Reactor::submit(Lazy<Source> source, Action&& action, RunOptions options) {
  return stream(std::move(source), std::forward<Action>(action), options, false);
}

template <class Source, class Action>
auto Reactor::stream(Lazy<Source>&& source, Action&& action, RunOptions const& options,
                     bool is_run) {
  if constexpr (detail::check_lazy<Source, Action>()) {
    using Feed = detail::LazyFeed<Source, Action>;
    auto feed =
        std::make_unique<Feed>(std::move(source), std::forward<Action>(action), mode(options));
    return Stream<typename Feed::Result>(make_stream(std::move(feed), options, is_run));
  }
}

template <class Source, class Action>
auto Reactor::run(Lazy<Source> source, Action&& action, RunOptions options) {
  if constexpr (detail::check_lazy<Source, Action>()) {
    options.completion_order = true;
    auto outcomes = stream(std::move(source), std::forward<Action>(action), options, true);
    for (auto at = outcomes.begin(); at != outcomes.end(); ++at) continue;
    return outcomes.summary();
  }
}

}  // namespace reactor
