// SPDX-License-Identifier: BSD-3-Clause
// In which order a run's tasks have ended, for who reads it afterwards and for who waits for the
// next. Protocol Q in README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/env.hpp"
#include "engine/parker.hpp"

namespace reactor::engine {

template <class Env>
class CompletionOrder {
 public:
  static constexpr std::size_t k_none = ~std::size_t{0};

  // Before a run of `size` tasks. Throws std::bad_alloc.
  void prepare(std::size_t size) {
    if (size > capacity_) {
      capacity_ = 0;
      ended_ = std::make_unique<Index[]>(size);
      capacity_ = size;
    }
    for (std::size_t k = 0; k < size; ++k) ended_[k].store(k_none, std::memory_order_relaxed);
    size_ = size;
    next_.store(0, std::memory_order_relaxed);
    is_closed_.store(false, std::memory_order_relaxed);
    reader_ = &own_reader_;
  }

  // After prepare(), before the run: who reads several orders sleeps in one place for all of them.
  // `reader` stays until the run is over, or forget_reader().
  void share_reader(Parker<Env>& reader) noexcept { reader_ = &reader; }
  // When the run is over, or by the thread that ends it: nobody will wait there any more.
  void forget_reader() noexcept { reader_ = &own_reader_; }

  // Any thread that has published the outcome of task i. Lock-free; a system call if the reader
  // waits.
  void record(std::size_t i) noexcept {
    std::size_t const k = next_.fetch_add(1, std::memory_order_relaxed);
    // ORDER O79: CompletionOrder::at's load; the outcome; before Parker::claim's load
    ended_[k].store(i, std::memory_order_seq_cst);
    reader_->unpark();
  }

  // No other task will end.
  void close() noexcept {
    // ORDER O80: CompletionOrder::is_closed's load; all that was recorded; before Parker::claim's
    // load
    is_closed_.store(true, std::memory_order_seq_cst);
    reader_->unpark();
  }

  // ---- one reader at a time, while the run goes on ----

  // The k-th task to end, or k_none: it has not yet, or never will.
  std::size_t at(std::size_t k) const noexcept {
    // ORDER O81: CompletionOrder::record's store; the outcome; after Parker::announce's store
    return k < size_ ? ended_[k].load(std::memory_order_seq_cst) : k_none;
  }
  // What at(k) tells after this is final.
  bool is_decided(std::size_t k) const noexcept { return at(k) != k_none || is_closed(); }

  // Sleeps until the k-th is decided, or timeout_ns have passed.
  void await(std::size_t k, std::uint64_t timeout_ns) noexcept {
    reader_->wait_unless([&] { return is_decided(k); }, timeout_ns);
  }

  // ---- when the run is over ----

  std::size_t count() const noexcept { return next_.load(std::memory_order_relaxed); }
  typename Env::template atomic<std::size_t> const* data() const noexcept { return ended_.get(); }

 private:
  bool is_closed() const noexcept {
    // ORDER O82: CompletionOrder::close's store; all that was recorded; after Parker::announce's
    // store
    return is_closed_.load(std::memory_order_seq_cst);
  }

  using Index = typename Env::template atomic<std::size_t>;

  // immutable while a run goes on
  std::unique_ptr<Index[]> ended_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  Parker<Env>* reader_ = &own_reader_;

  // shared: written by whoever ends a task
  alignas(k_line_bytes) Index next_{0};
  typename Env::template atomic<bool> is_closed_{false};
  Parker<Env> own_reader_;
};

}  // namespace reactor::engine
