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

// A temporary, or what was moved, that does not say itself that it only looks at its elements.
template <class Tasks>
inline constexpr bool k_is_given_away =
    !std::is_lvalue_reference_v<Tasks> && !std::ranges::borrowed_range<Tasks> &&
    !std::ranges::view<std::remove_cvref_t<Tasks>>;

// A range that gives its elements to be changed though it is const, or whose elements are const and
// need nobody to destroy them: it only points to them, we must think, even where it does not say
// that it is a view.
template <class T>
concept OnlyPoints = std::ranges::range<T const&> &&
    std::same_as<std::ranges::range_reference_t<T&>, std::ranges::range_reference_t<T const&>> &&
    std::is_lvalue_reference_v<std::ranges::range_reference_t<T&>> &&
    (!std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<T&>>> ||
     std::is_trivially_destructible_v<T>);

// May the run move from the elements? From those of a container that the caller gives away, not
// from those that a view only looks at.
template <class Tasks>
consteval bool gives_elements_away() {
  if constexpr (k_is_given_away<Tasks>) {
    return !OnlyPoints<std::remove_cvref_t<Tasks>>;
  } else {
    return false;  // and is not looked into
  }
}
template <class Tasks>
inline constexpr bool k_gives_elements_away = detail::gives_elements_away<Tasks>();

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

  decltype(auto) operator[](std::size_t i) const
      noexcept(noexcept(std::declval<Iterator const&>()[0])) {
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

// A copy of a range that cannot be indexed. In an array, because std::vector<bool> is none.
template <class T>
class CopiedTasks {
 public:
  void add(auto&& task) { tasks_.push_back({std::forward<decltype(task)>(task)}); }
  void reserve(std::size_t size) { tasks_.reserve(size); }
  std::size_t size() const noexcept { return tasks_.size(); }
  auto view() noexcept { return View{tasks_.data()}; }

 private:
  struct Cell {
    T task;
  };
  struct View {
    Cell* cells;
    T&& operator[](std::size_t i) const noexcept { return std::move(cells[i].task); }
  };
  std::vector<Cell> tasks_;
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
  CopiedTasks<std::ranges::range_value_t<Tasks>> copies;
  if constexpr (std::ranges::sized_range<Tasks>) {
    copies.reserve(static_cast<std::size_t>(std::ranges::size(tasks)));
  }
  for (auto&& task : tasks) {
    if constexpr (k_gives_elements_away<Tasks>) {
      copies.add(std::move(task));
    } else {
      copies.add(std::forward<decltype(task)>(task));
    }
  }
  return copies;
}

template <class Tasks>
auto index_tasks(Tasks&& tasks) {
  if constexpr (CountOfTasks<Tasks>) {
    return CountedTasks(detail::to_count(tasks));
  } else if constexpr (IndexedTasks<Tasks>) {
    return BorrowedTasks<std::ranges::iterator_t<Tasks>, k_gives_elements_away<Tasks>>(
        std::ranges::begin(tasks), static_cast<std::size_t>(std::ranges::size(tasks)));
  } else {
    return detail::copy_tasks(std::forward<Tasks>(tasks));
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
