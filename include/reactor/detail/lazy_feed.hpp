// SPDX-License-Identifier: BSD-3-Clause
// Pulls tasks and makes runs of them that share one action.
#pragma once

#include <cxxabi.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "reactor/detail/action.hpp"
#include "reactor/detail/execute.hpp"
#include "reactor/detail/in_stream.hpp"
#include "reactor/detail/job.hpp"
#include "reactor/detail/owned_run.hpp"
#include "reactor/detail/pull.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/detail/tasks.hpp"
#include "reactor/lazy.hpp"

namespace reactor::detail {

template <class Source>
using PulledTasks = CopiedTasks<typename Pull<Source>::Item>;

template <class Source, class Action>
using LazyTraits = HeldTraits<PulledTasks<Source>, std::decay_t<Action>>;

// Refuses at compile time what cannot work, in one line each; what is no source was refused before.
template <class Source, class Action>
consteval bool check_lazy() {
  if constexpr (LazySource<Source>) {
    static_assert(OwnableAction<Action>,
                  "reactor: a stream owns its action: give it away with std::move, or specialize "
                  "reactor::enable_copy for a type that can be copied");
    if constexpr (OwnableAction<Action>) {
      return detail::check_action<LazyTraits<Source, Action>>();
    } else {
      return false;
    }
  } else {
    return false;
  }
}

// A part's tasks. It may outlive the stream, with a task that was given up on.
template <class Tasks, class Action>
class LazyPart final : public RunOwner {
 public:
  using Bound = Binding<Tasks, Action>;

  explicit LazyPart(std::shared_ptr<Action> action)
      : bound{Tasks(), action.get(), nullptr}, action_(std::move(action)) {}

  SharedSlots slots;  // with the memory of the values
  Bound bound;

 private:
  std::shared_ptr<Action> action_;
};

template <class Source, class Action>
class LazyFeed final : public StreamFeed {
  using Tasks = PulledTasks<Source>;
  using PlainAction = std::decay_t<Action>;
  using MadePart = LazyPart<Tasks, PlainAction>;

 public:
  using Result = typename LazyTraits<Source, Action>::Result;
  using Value = Stored<Result>;

  LazyFeed(Lazy<Source>&& source, Action&& action, RunMode mode)
      : source_(std::move(source).take()),
        action_(std::make_shared<PlainAction>(std::forward<Action>(action))),
        mode_(mode) {}

  Pulled pull(std::size_t limit) override {
    part_.reset(new MadePart(action_));
    Tasks& tasks = part_->bound.tasks;
    tasks.reserve(limit);
    Pulled pulled;
    try {
      while (tasks.size() != limit && !pulled.is_end) pulled.is_end = !source_.pull(tasks);
    } catch (abi::__forced_unwind&) {
      throw;
    } catch (...) {
      pulled.thrown = std::current_exception();
      pulled.is_end = true;
    }
    pulled.count = tasks.size();
    if (pulled.count == 0) part_.reset();
    return pulled;
  }

  Part make_part(PartOutcomes& outcomes) override {
    Owned<MadePart> part = std::move(part_);
    std::size_t const size = part->bound.tasks.size();
    detail::prepare_outcomes<Result>(outcomes.slots, outcomes.values, outcomes.capacity, size,
                                     true);
    part->bound.values = static_cast<Value*>(outcomes.values);
    part->slots = outcomes.slots->share();
    Job job{&part->bound,
            mode_.has_limit ? &detail::execute<Tasks, PlainAction, true>
                            : &detail::execute<Tasks, PlainAction, false>,
            outcomes.slots.get(), size, mode_.stop_on_error};
    job.owner = part.get();
    job.in_order = true;
    return {job, std::move(part)};
  }

  void destroy_value(PartOutcomes& outcomes, std::size_t i) noexcept override {
    if constexpr (!std::is_void_v<Result> && !std::is_trivially_destructible_v<Value>) {
      if (outcomes.slots->status(i) == Status::done) {
        std::destroy_at(static_cast<Value*>(outcomes.values) + i);
      }
    }
  }

 private:
  Pull<Source> source_;
  std::shared_ptr<PlainAction> action_;
  RunMode const mode_;
  Owned<MadePart> part_;  // between pull() and make_part()
};

}  // namespace reactor::detail
