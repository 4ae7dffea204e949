// SPDX-License-Identifier: BSD-3-Clause
// What an action may look like, what it returns, and how it is called.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "reactor/detail/tasks.hpp"
#include "reactor/expected.hpp"
#include "reactor/task_context.hpp"

namespace reactor::detail {

// With the context, or without; with the element as it is, or, where the run owns it and the action
// wants to change it in place, as an lvalue.
template <class Action, class Task>
struct CallTraits {
  using Lvalue = std::remove_reference_t<Task>&;
  static constexpr bool k_with_context = std::is_invocable_v<Action&, Task, TaskContext&>;
  static constexpr bool k_plain = std::is_invocable_v<Action&, Task>;
  static constexpr bool k_lvalue_with_context = std::is_invocable_v<Action&, Lvalue, TaskContext&>;
  static constexpr bool k_lvalue_plain = std::is_invocable_v<Action&, Lvalue>;
  static constexpr bool k_callable =
      k_with_context || k_plain || k_lvalue_with_context || k_lvalue_plain;
  static constexpr bool k_plain_and_nothrow =
      !k_with_context && std::is_nothrow_invocable_v<Action&, Task>;
};

template <class Action, class Task>
decltype(auto) call(Action& action, Task&& task, TaskContext& context) {
  using Traits = CallTraits<Action, Task&&>;
  if constexpr (Traits::k_with_context) {
    return std::invoke(action, std::forward<Task>(task), context);
  } else if constexpr (Traits::k_plain) {
    return std::invoke(action, std::forward<Task>(task));
  } else if constexpr (Traits::k_lvalue_with_context) {
    return std::invoke(action, task, context);
  } else {
    return std::invoke(action, task);
  }
}

// Of tasks as a run holds them. Only for a callable action.
template <class HeldTasks, class Action>
struct HeldTraits {
  using Indexed = HeldTasks;
  using View = decltype(std::declval<Indexed&>().view());
  // Copying a user's iterator may throw; then all threads use the run's own.
  using HeldView =
      std::conditional_t<std::is_nothrow_copy_constructible_v<View>, View, View const&>;
  using Task = decltype(std::declval<View const&>()[0]);
  static constexpr bool k_callable = CallTraits<Action, Task&&>::k_callable;

  static auto returned() {
    if constexpr (k_callable) {
      return std::type_identity<decltype(detail::call(std::declval<Action&>(), std::declval<Task>(),
                                                      std::declval<TaskContext&>()))>();
    } else {
      return std::type_identity<void>();
    }
  }
  using Returned = typename decltype(returned())::type;
  using Decayed = std::conditional_t<std::is_void_v<Returned>, void, std::decay_t<Returned>>;
  using Result = typename UnwrapExpected<Decayed>::Result;

  // What is between two looks at the latch is then a plain loop.
  static constexpr bool k_nothrow_task = noexcept(std::declval<View const&>()[0]);
  static constexpr bool k_cannot_fail =
      k_nothrow_task && CallTraits<Action, Task&&>::k_plain_and_nothrow &&
      (std::is_void_v<Returned> || (std::is_same_v<Returned, Decayed> && !k_is_expected<Decayed>));

  static constexpr bool k_only_fails = std::is_same_v<Decayed, Unexpected>;
  static constexpr bool k_storable = std::is_void_v<Returned> || !std::is_reference_v<Returned> ||
                                     std::is_constructible_v<Decayed, Returned>;
};

// Of tasks as they are given to run().
template <class Tasks, class Action>
using RunTraits = HeldTraits<decltype(detail::index_tasks(std::declval<Tasks>())), Action>;

// Refuses at compile time what cannot work, in one line each. True when all is well, so that
// nothing else needs to be instantiated, and complained about, when it isn't.
template <class Traits>
consteval bool check_action() {
  static_assert(Traits::k_callable,
                "reactor: the action must be callable as action(task) or "
                "action(task, reactor::TaskContext&) with an element of the tasks");
  static_assert(!Traits::k_only_fails,
                "reactor: the action returns reactor::Unexpected, which has no value type; declare "
                "its return type as reactor::Expected<R>");
  static_assert(Traits::k_storable,
                "reactor: the action returns a reference to something that cannot be copied; "
                "return a value or a pointer");
  return Traits::k_callable && !Traits::k_only_fails && Traits::k_storable;
}

// The same of tasks and action as they are given to run().
template <class Tasks, class Action>
consteval bool check_run() {
  static_assert(
      UsableTasks<Tasks>,
      "reactor: tasks must be an integer count, or a range (vector, span, array, deque, "
      "list, ...) whose elements can be indexed, copied, or moved from a temporary range");
  if constexpr (UsableTasks<Tasks>) {
    return detail::check_action<RunTraits<Tasks, std::remove_reference_t<Action>>>();
  } else {
    return false;
  }
}

}  // namespace reactor::detail
