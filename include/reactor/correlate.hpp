// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <utility>

#include "reactor/detail/index_iterator.hpp"
#include "reactor/detail/tasks.hpp"
#include "reactor/results.hpp"

namespace reactor {

// A range of (task, outcome). Made by correlate().
template <class Tasks, class R, class HeldResults>
class Correlated {
  using TaskIterator = decltype(std::begin(std::declval<std::remove_reference_t<Tasks>&>()));

 public:
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::pair<decltype(*std::declval<TaskIterator&>()), Outcome<R>>;
    using reference = value_type;
    using difference_type = std::ptrdiff_t;
    using pointer = void;

    iterator() = default;
    iterator(TaskIterator task, Results<R> const* results, std::size_t i)
        : task_(std::move(task)), results_(results), i_(i) {}

    reference operator*() const { return {*task_, (*results_)[i_]}; }
    iterator& operator++() {
      ++task_;
      ++i_;
      return *this;
    }
    void operator++(int) { ++*this; }
    // By the index alone: a range may end with something that is no iterator.
    friend bool operator==(iterator const& a, iterator const& b) noexcept { return a.i_ == b.i_; }

   private:
    mutable TaskIterator task_{};
    Results<R> const* results_ = nullptr;
    std::size_t i_ = 0;
  };

  Correlated(Tasks&& tasks, HeldResults&& results)
      : tasks_(std::forward<Tasks>(tasks)), results_(std::forward<HeldResults>(results)) {}

  std::size_t size() const noexcept { return results_.size(); }
  iterator begin() { return {std::begin(tasks_), &results_, 0}; }
  iterator end() { return {std::begin(tasks_), &results_, size()}; }

 private:
  Tasks tasks_;          // a reference, or what was given away
  HeldResults results_;  // likewise
};

namespace detail {

// An integer count, iterable.
class CountRange : public CountedTasks {
 public:
  using CountedTasks::CountedTasks;
  auto begin() const noexcept { return IndexIterator<CountedTasks>(this, 0); }
  auto end() const noexcept { return IndexIterator<CountedTasks>(this, size()); }
};

template <class>
struct ResultOf;
template <class R>
struct ResultOf<Results<R>> {
  using type = R;
};

}  // namespace detail

// Each task beside its outcome, in task order: `for (auto&& [task, outcome] : correlate(tasks,
// results))`. Lvalues are borrowed, rvalues kept. Throws Error when the sizes differ. O(1) but for
// counting a range that doesn't know its size.
template <class Tasks, class AnyResults>
auto correlate(Tasks&& tasks, AnyResults&& results) {
  using R = typename detail::ResultOf<std::remove_cvref_t<AnyResults>>::type;
  if constexpr (detail::CountOfTasks<Tasks>) {
    return reactor::correlate(detail::CountRange(detail::to_count(tasks)),
                              std::forward<AnyResults>(results));
  } else {
    auto const count = static_cast<std::size_t>(std::ranges::distance(tasks));
    if (count != results.size()) detail::throw_size_mismatch(count, results.size());
    return Correlated<Tasks, R, AnyResults>(std::forward<Tasks>(tasks),
                                            std::forward<AnyResults>(results));
  }
}

}  // namespace reactor
