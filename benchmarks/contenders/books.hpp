// SPDX-License-Identifier: BSD-3-Clause
// What every contender keeps of a run: a value a task, and a status byte, stored with release. A
// throw is caught a task. The Reactor does so by itself; for the others it is done here.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

namespace contenders {

// A contender has k_name, is made for a number of threads, and has run(n, body), which calls
// body(i) once for each i < n, from whichever threads, and returns when all have returned. Where it
// has k_propagates, a throw of the body ends the run and comes out of it. Where it has k_nests, the
// body may call run. Several threads may call run at a time.
template <class Contender, class R>
class Books {
 public:
  explicit Books(std::size_t threads) : Books(std::make_shared<Contender>(threads)) {}
  explicit Books(std::shared_ptr<Contender> contender) : contender_(std::move(contender)) {}

  // Books of one's own in the same engine.
  Books beside() const { return Books(contender_); }

  template <class Action>
  void run(std::size_t tasks, Action const& action) {
    make_room(tasks);
    R* const values = values_.get();
    std::atomic<std::uint8_t>* const statuses = statuses_.get();
    contender_->run(tasks, [&action, values, statuses](std::size_t i) noexcept {
      try {
        values[i] = action(i);
        statuses[i].store(k_done, std::memory_order_release);
      } catch (...) {
        statuses[i].store(k_failed, std::memory_order_release);
      }
    });
  }

  R value(std::size_t i) const { return values_[i]; }

  bool is_done(std::size_t i) const {
    return statuses_[i].load(std::memory_order_acquire) == k_done;
  }

  // So that the next run must come by its memory again.
  void give_memory_back() {
    values_.reset();
    statuses_.reset();
    capacity_ = 0;
  }

 private:
  static constexpr std::uint8_t k_done = 1;
  static constexpr std::uint8_t k_failed = 2;

  // Not more than is needed: the values are not written before the tasks write them.
  void make_room(std::size_t tasks) {
    if (tasks <= capacity_) return;
    values_ = std::make_unique_for_overwrite<R[]>(tasks);
    statuses_ = std::make_unique<std::atomic<std::uint8_t>[]>(tasks);
    capacity_ = tasks;
  }

  std::shared_ptr<Contender> contender_;
  std::unique_ptr<R[]> values_;
  std::unique_ptr<std::atomic<std::uint8_t>[]> statuses_;
  std::size_t capacity_ = 0;
};

// A run that ends with the first exception, which comes out of it. Whoever cannot stop by itself
// passes over the tasks that are left.
template <class Contender, class Body>
void run_until_throw(Contender& contender, std::size_t tasks, Body const& body) {
  if constexpr (requires { Contender::k_propagates; }) {
    contender.run(tasks, body);
  } else {
    std::atomic<bool> has_failed{false};
    std::exception_ptr error;
    contender.run(tasks, [&](std::size_t i) noexcept {
      if (has_failed.load(std::memory_order_relaxed)) return;
      try {
        body(i);
      } catch (...) {
        if (!has_failed.exchange(true)) error = std::current_exception();
      }
    });
    if (error) std::rethrow_exception(error);
  }
}

// For those that take closures one by one: tasks in pieces, as their documentation advises, enough
// of them for the threads to even out what is uneven.
inline std::size_t piece_size(std::size_t tasks, std::size_t threads) {
  std::size_t const pieces = 32 * threads;
  return tasks <= pieces ? 1 : (tasks + pieces - 1) / pieces;
}

}  // namespace contenders
