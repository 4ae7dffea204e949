// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace reactor::engine {

// While one lives, its thread is in the middle of `object`.
template <class T>
class OnThisThread {
 public:
  explicit OnThisThread(T const& object) noexcept : object_(object), outer_(innermost_) {
    innermost_ = this;
  }
  OnThisThread(OnThisThread const&) = delete;
  OnThisThread& operator=(OnThisThread const&) = delete;
  ~OnThisThread() { innermost_ = outer_; }

  static bool has(T const& object) noexcept {
    for (OnThisThread const* one = innermost_; one != nullptr; one = one->outer_) {
      if (&one->object_ == &object) return true;
    }
    return false;
  }

 private:
  static inline constinit thread_local OnThisThread const* innermost_ = nullptr;
  T const& object_;
  OnThisThread const* const outer_;
};

}  // namespace reactor::engine
