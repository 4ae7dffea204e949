// SPDX-License-Identifier: BSD-3-Clause
// What was found to be wrong: the first few differences between what is and what should be.
#pragma once

#include <fmt/format.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace stress {

// Any thread.
class Verdict {
 public:
  template <class... Args>
  void differs(fmt::format_string<Args...> format, Args&&... args) {
    std::string difference = fmt::format(format, std::forward<Args>(args)...);
    std::lock_guard const lock(mutex_);
    if (differences_.size() < k_kept_max) differences_.push_back(std::move(difference));
  }

  bool is_good() const {
    std::lock_guard const lock(mutex_);
    return differences_.empty();
  }

  // One a line.
  std::string text() const {
    std::lock_guard const lock(mutex_);
    std::string text;
    for (std::string const& difference : differences_) text += difference + "\n";
    return text;
  }

 private:
  static constexpr std::size_t k_kept_max = 20;
  mutable std::mutex mutex_;
  std::vector<std::string> differences_;
};

}  // namespace stress
