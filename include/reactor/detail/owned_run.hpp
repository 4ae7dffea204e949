// SPDX-License-Identifier: BSD-3-Clause
// A run that may have to leave a task behind: it owns what its tasks touch, and lives until the
// last of them has ended.
#pragma once

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

namespace reactor::detail {

// A container that was given away.
template <class Container>
class OwnedContainer {
 public:
  explicit OwnedContainer(Container&& given) : container_(std::move(given)) {}
  std::size_t size() const { return static_cast<std::size_t>(std::ranges::size(container_)); }
  auto view() {
    return BorrowedTasks<std::ranges::iterator_t<Container>, true>(std::ranges::begin(container_),
                                                                   size());
  }

 private:
  Container container_;
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

template <class Tasks>
auto own_tasks(Tasks&& tasks) {
  if constexpr (CountOfTasks<Tasks>) {
    return CountedTasks(detail::to_count(tasks));
  } else if constexpr (IndexedTasks<Tasks> && k_gives_elements_away<Tasks>) {
    return OwnedContainer<std::remove_cvref_t<Tasks>>(std::forward<Tasks>(tasks));
  } else if constexpr (k_gives_elements_away<Tasks>) {
    return detail::copy_tasks(std::forward<Tasks>(tasks));
  } else {
    using Value = std::ranges::range_value_t<Tasks>;
    using Reference = std::ranges::range_reference_t<Tasks>;
    constexpr bool k_is_element = std::is_same_v<std::remove_cvref_t<Reference>, Value>;
    return OwnedCopies<Value, std::conditional_t<k_is_element, Reference, Value>>(tasks);
  }
}

// Are there elements at all, and can they be copied?
template <class Tasks>
concept CopyableElements = std::ranges::input_range<Tasks> &&
    std::is_constructible_v<std::ranges::range_value_t<Tasks>,
                            std::ranges::range_reference_t<Tasks>>;

template <class Tasks>
concept OwnableTasks =
    CountOfTasks<Tasks> || k_gives_elements_away<Tasks> || CopyableElements<Tasks>;

// Can the tasks and the action be copied or moved, and does the action then return the same?
template <class Tasks, class Action>
consteval bool can_own() {
  if constexpr (!OwnableTasks<Tasks> || !std::is_constructible_v<std::decay_t<Action>, Action>) {
    return false;
  } else {
    using Own =
        HeldTraits<decltype(detail::own_tasks(std::declval<Tasks>())), std::decay_t<Action>>;
    using Given = RunTraits<Tasks, std::remove_reference_t<Action>>;
    if constexpr (!Own::k_callable) {
      return false;
    } else {
      return std::is_same_v<typename Own::Result, typename Given::Result> && Own::k_storable;
    }
  }
}

struct DropRun {
  void operator()(RunOwner* run) const noexcept { run->drop(); }
};
template <class Run>
using Owned = std::unique_ptr<Run, DropRun>;

template <class Tasks, class Action>
class OwnedRun final : public RunOwner {
 public:
  using PlainAction = std::decay_t<Action>;
  using OwnTasks = decltype(detail::own_tasks(std::declval<Tasks>()));
  using Bound = Binding<OwnTasks, PlainAction>;

  OwnedRun(Tasks&& tasks, Action&& action)
      : action_(std::forward<Action>(action)),
        bound{detail::own_tasks(std::forward<Tasks>(tasks)), &action_, nullptr} {}

  static constexpr auto execute = &detail::execute<OwnTasks, PlainAction, true>;

  SharedSlots slots;  // with the memory of the values

 private:
  PlainAction action_;

 public:
  Bound bound;
};

}  // namespace reactor::detail
