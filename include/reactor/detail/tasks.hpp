// SPDX-License-Identifier: BSD-3-Clause
// Every kind of tasks, made into something with size() and a view(): a cheap copy for each block,
// with operator[].
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

#include "reactor/detail/slots.hpp"

namespace reactor::detail {

template <class T>
concept CountOfTasks =
    std::integral<std::remove_cvref_t<T>> && !std::same_as<std::remove_cvref_t<T>, bool>;

template <class T>
concept IndexedTasks = std::ranges::random_access_range<T> && std::ranges::sized_range<T>;

// May the run move from the elements? From those of a container that the caller gives away, not
// from those that a view only looks at.
template <class Tasks>
inline constexpr bool k_gives_elements_away =
    !std::is_lvalue_reference_v<Tasks> && !std::ranges::borrowed_range<Tasks> &&
    !std::ranges::view<std::remove_cvref_t<Tasks>>;

// N tasks; each is its index.
class CountedTasks {
 public:
  explicit CountedTasks(std::size_t size) noexcept : size_(size) {}
  std::size_t size() const noexcept { return size_; }
  std::size_t operator[](std::size_t i) const noexcept { return i; }
  CountedTasks view() const noexcept { return *this; }

 private:
  std::size_t size_;
};

// Elements of a range that outlives the run.
template <class Iterator, bool give_away>
class BorrowedTasks {
 public:
  BorrowedTasks(Iterator first, std::size_t size) : first_(std::move(first)), size_(size) {}
  std::size_t size() const noexcept { return size_; }

  decltype(auto) operator[](std::size_t i) const {
    auto const n = static_cast<std::iter_difference_t<Iterator>>(i);
    if constexpr (give_away && std::is_lvalue_reference_v<std::iter_reference_t<Iterator>>) {
      return std::move(first_[n]);
    } else {
      return first_[n];
    }
  }
  BorrowedTasks view() const { return *this; }

 private:
  Iterator first_;
  std::size_t size_;
};

// A copy of a range that cannot be indexed.
template <class T>
class CopiedTasks {
 public:
  explicit CopiedTasks(std::vector<T> tasks) noexcept : tasks_(std::move(tasks)) {}
  std::size_t size() const noexcept { return tasks_.size(); }
  auto view() noexcept { return BorrowedTasks<T*, true>(tasks_.data(), tasks_.size()); }

 private:
  std::vector<T> tasks_;
};

template <class Count>
std::size_t to_count(Count count) {
  if constexpr (std::is_signed_v<Count>) {
    if (count < 0) throw_negative_count(count);
  }
  return static_cast<std::size_t>(count);
}

template <class Tasks>
auto copy_tasks(Tasks&& tasks) {
  using T = std::ranges::range_value_t<Tasks>;
  std::vector<T> copies;
  if constexpr (std::ranges::sized_range<Tasks>) {
    copies.reserve(static_cast<std::size_t>(std::ranges::size(tasks)));
  }
  for (auto&& task : tasks) {
    if constexpr (k_gives_elements_away<Tasks>) {
      copies.push_back(std::move(task));
    } else {
      copies.push_back(std::forward<decltype(task)>(task));
    }
  }
  return CopiedTasks<T>(std::move(copies));
}

template <class Tasks>
auto index_tasks(Tasks&& tasks) {
  if constexpr (CountOfTasks<Tasks>) {
    return CountedTasks(to_count(tasks));
  } else if constexpr (IndexedTasks<Tasks>) {
    return BorrowedTasks<std::ranges::iterator_t<Tasks>, k_gives_elements_away<Tasks>>(
        std::ranges::begin(tasks), static_cast<std::size_t>(std::ranges::size(tasks)));
  } else {
    return copy_tasks(std::forward<Tasks>(tasks));
  }
}

template <class Tasks>
concept UsableTasks = CountOfTasks<Tasks> || IndexedTasks<Tasks> ||
    (std::ranges::input_range<Tasks>&&
         std::is_constructible_v<std::ranges::range_value_t<Tasks>,
                                 std::conditional_t<k_gives_elements_away<Tasks>,
                                                    std::ranges::range_rvalue_reference_t<Tasks>,
                                                    std::ranges::range_reference_t<Tasks>>>);

}  // namespace reactor::detail
