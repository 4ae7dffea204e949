// SPDX-License-Identifier: BSD-3-Clause
// Sources of tasks for tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <tuple>

#include "reactor/reactor.hpp"

// Tells the numbers from 0, and how far it was pulled before their outcomes were consumed.
class Numbers {
 public:
  explicit Numbers(std::size_t count) : count_(count) {}

  std::optional<std::size_t> operator()() {
    if (pulled_ == count_) {
      ++ends_;
      return std::nullopt;
    }
    most_ = std::max(most_, pulled_ + 1 - consumed_);
    return pulled_++;
  }

  void consume() { ++consumed_; }

  std::size_t pulled() const { return pulled_; }
  std::size_t most() const { return most_; }  // pulled and not consumed
  std::size_t ends() const { return ends_; }  // how often it said that it was

 private:
  std::size_t const count_;
  std::size_t pulled_ = 0;
  std::size_t consumed_ = 0;
  std::size_t most_ = 0;
  std::size_t ends_ = 0;
};

// Numbers from 0, and no end.
inline auto endless() {
  return [next = std::size_t{0}]() mutable { return std::optional(next++); };
}

// Goes to the end of it. How many outcomes there were.
template <class Stream>
std::size_t drain(Stream& stream) {
  std::size_t count = 0;
  for (auto at = stream.begin(); at != stream.end(); ++at) ++count;
  return count;
}

// Of a stream at its end.
inline void expect_exact(reactor::Summary const& summary) {
  EXPECT_EQ(summary.total, summary.done + summary.failed + summary.timed_out + summary.skipped);
}

// What can be read once, as from a pipe: a range without a size, whose elements are gone when it
// goes on, and whose iterators cannot be copied.
class Pipe {
 public:
  explicit Pipe(int count) : left_(count) {}
  Pipe(Pipe&&) = default;
  Pipe& operator=(Pipe&&) = default;

  class iterator {
   public:
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    explicit iterator(Pipe& pipe) : pipe_(&pipe) { pipe_->read(); }
    iterator(iterator&&) = default;
    iterator& operator=(iterator&&) = default;
    int operator*() const { return pipe_->value(); }
    iterator& operator++() {
      pipe_->read();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(iterator const& a, std::default_sentinel_t) {
      return a.pipe_->is_empty();
    }

   private:
    Pipe* pipe_;
  };
  iterator begin() { return iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

  int reads() const { return reads_; }
  bool is_empty() const { return !next_; }
  int value() const { return *next_; }

 private:
  void read() {
    ++reads_;
    next_ = left_ == 0 ? std::nullopt : std::optional(--left_);
  }

  int left_;
  int reads_ = 0;
  std::optional<int> next_;
};

// Stops on errors or not, in task order or not.
class LazyModes : public ::testing::TestWithParam<std::tuple<bool, bool>> {
 protected:
  static bool stops() { return std::get<0>(GetParam()); }
  reactor::RunOptions options() const {
    return {.stop_on_error = stops(), .completion_order = std::get<1>(GetParam())};
  }
  reactor::Reactor reactor_{reactor::Options{.parallelism = 2}};
};
