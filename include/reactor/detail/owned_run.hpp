// SPDX-License-Identifier: BSD-3-Clause
// A run that may have to leave a task behind: it owns what its tasks touch, and lives until the
// last of them has ended.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

#include "reactor/detail/action.hpp"
#include "reactor/detail/execute.hpp"
#include "reactor/detail/job.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/detail/tasks.hpp"
#include "reactor/enable_copy.hpp"

namespace reactor::detail {

// What is in force for a run that owns what it touches, or for all parts of a stream.
struct RunMode {
  bool stop_on_error;
  bool has_limit;  // tasks may be given up on
};

// Copying or moving it cannot fail to compile, whatever it is made of.
template <class T>
concept Copyable = std::is_copy_constructible_v<T> && enable_copy<std::remove_cv_t<T>>;
template <class T>
concept Movable = !std::is_const_v<T> && (std::is_nothrow_move_constructible_v<T> || Copyable<T>);

// A container that was given away, and is kept as it is.
template <class Tasks>
concept MovableContainer = IndexedTasks<Tasks> && k_gives_elements_away<Tasks> &&
                           !std::is_array_v<std::remove_reference_t<Tasks>> &&
                           Movable<std::remove_reference_t<Tasks>>;

// A range whose elements can be copied, and then look as they did.
template <class Tasks>
concept CopyableElements = std::ranges::input_range<Tasks> && !k_gives_elements_away<Tasks> &&
                           std::same_as<std::remove_cvref_t<std::ranges::range_reference_t<Tasks>>,
                                        std::ranges::range_value_t<Tasks>> &&
                           Copyable<std::ranges::range_value_t<Tasks>>;

// What goes into a container of the run's own, element by element: a list that is given away, or a
// deque, whose move may throw.
template <class Tasks>
concept MovableElements = k_is_given_away<Tasks> &&
    (!IndexedTasks<Tasks> ||
     (k_gives_elements_away<Tasks> && !MovableContainer<Tasks> && !std::is_const_v<Tasks> &&
      std::is_move_constructible_v<Tasks> && Movable<std::ranges::range_value_t<Tasks>>));

template <class Tasks>
concept OwnableTasks = CountOfTasks<Tasks> || MovableContainer<Tasks> || MovableElements<Tasks> ||
    CopyableElements<Tasks>;

// Action: what the parameter Action&& of run() was deduced as.
template <class Action>
concept OwnableAction = std::is_function_v<std::remove_reference_t<Action>> ||
    (std::is_lvalue_reference_v<Action> ? Copyable<std::remove_cvref_t<Action>>
                                        : Movable<std::remove_reference_t<Action>>);

// Looks for its begin once: that is no business of several threads where a container still shares
// its elements with another one and copies them then.
template <class Container>
class OwnedContainer {
 public:
  explicit OwnedContainer(Container&& given)
      : container_(std::move(given)),
        tasks_(std::ranges::begin(container_),
               static_cast<std::size_t>(std::ranges::size(container_))) {}
  OwnedContainer(OwnedContainer const&) = delete;
  OwnedContainer& operator=(OwnedContainer const&) = delete;
  std::size_t size() const noexcept { return tasks_.size(); }
  auto view() const { return tasks_; }

 private:
  Container container_;
  BorrowedTasks<std::ranges::iterator_t<Container>, true> tasks_;
};

// Copies of a range's elements, which the action gets as it would have got the elements.
template <class T, class Reference>
class OwnedCopies {
 public:
  explicit OwnedCopies(auto&& tasks) {
    for (auto&& task : tasks) copies_.add(std::forward<decltype(task)>(task));
  }
  std::size_t size() const noexcept { return copies_.size(); }
  auto view() noexcept { return View{copies_.view()}; }

 private:
  using Copies = CopiedTasks<T>;
  static constexpr bool k_is_lvalue = std::is_lvalue_reference_v<Reference>;
  struct View {
    decltype(std::declval<Copies&>().view()) copies;
    std::conditional_t<k_is_lvalue, Reference, T&&> operator[](std::size_t i) const noexcept {
      T&& copy = copies[i];
      if constexpr (k_is_lvalue) {
        return copy;
      } else {
        return std::move(copy);
      }
    }
  };
  Copies copies_;
};

// Precondition: OwnableTasks.
template <class Tasks>
auto own_tasks(Tasks&& tasks) {
  if constexpr (CountOfTasks<Tasks>) {
    return CountedTasks(detail::to_count(tasks));
  } else if constexpr (MovableContainer<Tasks>) {
    return OwnedContainer<std::remove_reference_t<Tasks>>(std::forward<Tasks>(tasks));
  } else if constexpr (MovableElements<Tasks>) {
    return detail::copy_tasks(std::forward<Tasks>(tasks));
  } else {
    return OwnedCopies<std::ranges::range_value_t<Tasks>, std::ranges::range_reference_t<Tasks>>(
        tasks);
  }
}

// Can a run own its tasks and its action, and does the action then return the same?
template <class Tasks, class Action>
consteval bool can_own() {
  if constexpr (!OwnableTasks<Tasks> || !OwnableAction<Action>) {
    return false;
  } else {
    using Own =
        HeldTraits<decltype(detail::own_tasks(std::declval<Tasks>())), std::decay_t<Action>>;
    using Given = RunTraits<Tasks, std::remove_reference_t<Action>>;
    if constexpr (!Own::k_callable || std::is_reference_v<typename Own::HeldView>) {
      return false;
    } else {
      return std::is_same_v<typename Own::Result, typename Given::Result> && Own::k_storable;
    }
  }
}

// Refuses at compile time a run that must own what it cannot.
template <class Tasks, class Action>
consteval bool check_own() {
  constexpr bool can_own = detail::can_own<Tasks, Action>();
  static_assert(can_own,
                "reactor: submit owns its tasks and its action: give them away with std::move, or "
                "specialize reactor::enable_copy for a type that can be copied");
  return can_own;
}

template <class Tasks, class Action>
class OwnedRun final : public RunOwner {
 public:
  using PlainAction = std::decay_t<Action>;
  using OwnTasks = decltype(detail::own_tasks(std::declval<Tasks>()));
  using Bound = Binding<OwnTasks, PlainAction>;

  // The action last: if the tasks cannot be copied, its giver keeps it.
  OwnedRun(Tasks&& tasks, Action&& action)
      : bound{detail::own_tasks(std::forward<Tasks>(tasks)), std::addressof(action_), nullptr},
        action_(std::forward<Action>(action)) {}

  // Tasks that may be given up on, and tasks that may take their time.
  static constexpr auto execute_limited = &detail::execute<OwnTasks, PlainAction, true>;
  static constexpr auto execute = &detail::execute<OwnTasks, PlainAction, false>;

  SharedSlots slots;  // with the memory of the values
  Bound bound;

 private:
  PlainAction action_;
};

}  // namespace reactor::detail
