// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>

#include "reactor/detail/tasks.hpp"

namespace reactor {

namespace detail {

template <class T>
struct UnwrapOptional {};
template <class T>
struct UnwrapOptional<std::optional<T>> {
  using Item = T;
};

// Called with nothing, returns a std::optional of the next task.
template <class F>
concept Generator = std::is_invocable_v<F&> && requires {
  typename UnwrapOptional<std::remove_cvref_t<std::invoke_result_t<F&>>>::Item;
};

// A range whose elements can become tasks that a run owns. `Source`: an lvalue reference where it
// is borrowed.
template <class Source>
concept PulledRange = std::ranges::input_range < std::remove_reference_t<Source>
& > &&std::is_constructible_v<std::ranges::range_value_t<Source>,
                              std::conditional_t<k_gives_elements_away<Source>,
                                                 std::ranges::range_rvalue_reference_t<Source>,
                                                 std::ranges::range_reference_t<Source>>>&&
        std::is_move_constructible_v<std::ranges::range_value_t<Source>>;

template <class Source>
concept PulledGenerator =
    Generator<std::remove_reference_t<Source>> &&
    std::is_move_constructible_v < typename UnwrapOptional < std::remove_cvref_t <
    std::invoke_result_t < std::remove_reference_t<Source>
& >>> ::Item > ;

template <class Source>
concept LazySource = PulledRange<Source> || PulledGenerator<Source>;

}  // namespace detail

// A source of tasks, marked as one to be pulled bit by bit while they are run: see lazy().
// `Source`: an lvalue reference where it is borrowed.
template <class Source>
class Lazy {
 public:
  explicit Lazy(Source&& source) : source_(std::forward<Source>(source)) {}

  // For the engine, once: hands on what was kept, or refers to what was borrowed.
  Source&& take() && noexcept { return std::forward<Source>(source_); }

 private:
  Source source_;
};

// Tasks of which nobody knows how many will come, for Reactor::submit and Reactor::run: an input
// range, each element of which is a task; or a function that returns a std::optional of the next,
// and nothing when there is none, after which it is not called again. A source with a name is
// borrowed, and must outlive the stream; what is given away is kept (as views are, and from the
// elements of a container that is kept, tasks are moved).
template <class Source>
auto lazy(Source&& source) {
  static_assert(detail::LazySource<Source>,
                "reactor: a lazy source must be an input range whose elements can be copied, or "
                "moved from a temporary range, or a function that is called with nothing and "
                "returns a std::optional of the next task");
  return Lazy<Source>(std::forward<Source>(source));
}

}  // namespace reactor
