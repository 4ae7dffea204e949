// SPDX-License-Identifier: BSD-3-Clause
// Counts tasks in flight.
#pragma once

#include <atomic>
#include <cstddef>

class InFlight {
 public:
  // Lives as long as the task does, however the task ends.
  class Stay {
   public:
    explicit Stay(InFlight& counter) : counter_(counter) {
      std::size_t const now = counter_.now_.fetch_add(1) + 1;
      std::size_t most = counter_.most_.load();
      while (most < now && !counter_.most_.compare_exchange_weak(most, now)) {
      }
      counter_.begun_.fetch_add(1);
    }
    Stay(Stay const&) = delete;
    Stay& operator=(Stay const&) = delete;
    ~Stay() { counter_.now_.fetch_sub(1); }

   private:
    InFlight& counter_;
  };

  std::size_t now() const { return now_.load(); }
  std::size_t most() const { return most_.load(); }
  std::size_t begun() const { return begun_.load(); }

 private:
  std::atomic<std::size_t> now_{0};
  std::atomic<std::size_t> most_{0};
  std::atomic<std::size_t> begun_{0};
};
