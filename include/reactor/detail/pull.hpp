// SPDX-License-Identifier: BSD-3-Clause
// How the next task is got from a source of them. By one thread.
#pragma once

#include <functional>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>

#include "reactor/lazy.hpp"

namespace reactor::detail {

// pull(to): to.add(the next task), or false: there is none, and none will come.
template <class Source>
class Pull;

template <PulledRange Source>
class Pull<Source> {
  using Range = std::remove_reference_t<Source>;

 public:
  using Item = std::ranges::range_value_t<Source>;

  explicit Pull(Source&& source) : source_(std::forward<Source>(source)) {}

  // Goes on to the next element no sooner than that is wanted: it may have to be waited for.
  bool pull(auto& to) {
    if (at_) {
      ++*at_;
    } else {
      at_.emplace(std::ranges::begin(source_));
    }
    if (*at_ == std::ranges::end(source_)) return false;
    if constexpr (k_gives_elements_away<Source>) {
      to.add(std::ranges::iter_move(*at_));
    } else {
      to.add(**at_);
    }
    return true;
  }

 private:
  Source source_;
  std::optional<std::ranges::iterator_t<Range>> at_;
};

template <class Source>
  requires(PulledGenerator<Source> && !PulledRange<Source>)
class Pull<Source> {
  using Returned = std::remove_cvref_t<std::invoke_result_t<std::remove_reference_t<Source>&>>;

 public:
  using Item = typename UnwrapOptional<Returned>::Item;

  explicit Pull(Source&& source) : source_(std::forward<Source>(source)) {}

  bool pull(auto& to) {
    auto&& next = std::invoke(source_);
    if (!next) return false;
    to.add(*std::forward<decltype(next)>(next));
    return true;
  }

 private:
  Source source_;
};

}  // namespace reactor::detail
