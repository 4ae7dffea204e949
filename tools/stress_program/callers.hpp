// SPDX-License-Identifier: BSD-3-Clause
// Threads that come and go.
#pragma once

#include <thread>
#include <utility>
#include <vector>

#include "totals.hpp"

namespace stress {

// Joins them at its end.
class Callers {
 public:
  explicit Callers(Totals& totals) : totals_(totals) {}
  Callers(Callers const&) = delete;
  Callers& operator=(Callers const&) = delete;
  ~Callers() {
    for (std::thread& thread : threads_) thread.join();
    stress::add(totals_.callers, threads_.size());
  }

  template <class Body>
  void add(Body&& body) {
    threads_.emplace_back(std::forward<Body>(body));
  }

 private:
  Totals& totals_;
  std::vector<std::thread> threads_;
};

}  // namespace stress
