// SPDX-License-Identifier: BSD-3-Clause
// A coroutine that nobody waits for: it says itself when it is done.
#pragma once

#include <coroutine>
#include <exception>

struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};
