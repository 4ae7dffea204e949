// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <reactor/reactor.hpp>
#include <utility>

#include "contenders/books.hpp"

namespace contenders {

struct InReactor {
  static constexpr char const* k_name = "reactor";
  static constexpr bool k_nests = true;
};

template <class R>
class Books<InReactor, R> {
 public:
  explicit Books(std::size_t threads)
      : Books(std::make_shared<reactor::Reactor>(
            reactor::Options{.stop_on_error = false, .parallelism = threads})) {}
  explicit Books(std::shared_ptr<reactor::Reactor> reactor) : reactor_(std::move(reactor)) {}

  Books beside() const { return Books(reactor_); }

  template <class Action>
  void run(std::size_t tasks, Action const& action) {
    reactor_->run_into(results_, tasks, action);
  }

  R value(std::size_t i) const { return *results_[i]; }
  bool is_done(std::size_t i) const { return results_[i].has_value(); }
  void give_memory_back() { results_ = {}; }

 private:
  std::shared_ptr<reactor::Reactor> reactor_;
  reactor::Results<R> results_;
};

}  // namespace contenders
