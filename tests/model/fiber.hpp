// SPDX-License-Identifier: BSD-3-Clause
// A modelled thread's stack. Boost.Context switches; this adds that a fiber may be abandoned in the
// middle, and that each has its own exceptions in flight.
#pragma once

#include <sys/mman.h>

#include <cxxabi.h>
#include <array>
#include <boost/context/fiber.hpp>
#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

namespace reactor::model {

class Fiber {
 public:
  Fiber() {
    stack_ = ::mmap(nullptr, k_stack_bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack_ == MAP_FAILED) throw std::bad_alloc();
    forget();
  }
  Fiber(Fiber const&) = delete;
  Fiber& operator=(Fiber const&) = delete;
  ~Fiber() { ::munmap(stack_, k_stack_bytes); }

  // Makes it begin with body(), wherever it was. Nothing on its old stack is destroyed.
  void start(void (*body)()) {
    forget();
    handle() = boost::context::fiber(std::allocator_arg, SameStack{stack_},
                                     [body](boost::context::fiber&& from) {
                                       arrive(std::move(from));
                                       body();
                                       return boost::context::fiber{};  // not reached
                                     });
    exceptions_ = {};
  }

  // Leaves `current`, which is where the caller runs, for this one.
  void switch_from(Fiber& current) {
    void* const globals = abi::__cxa_get_globals();
    std::memcpy(current.exceptions_.data(), globals, sizeof(Exceptions));
    std::memcpy(globals, exceptions_.data(), sizeof(Exceptions));
    left_ = &current;
    arrive(std::move(handle()).resume());
  }

 private:
  static constexpr std::size_t k_stack_bytes = 256 << 10;

  // SAFETY: the Itanium ABI defines what stands in __cxa_eh_globals: the stack of caught exceptions
  // and the number of those that fly.
  using Exceptions = std::array<unsigned char, sizeof(void*) + sizeof(unsigned)>;

  // Boost keeps its record at the top of the stack that it is given.
  struct SameStack {
    using traits_type = boost::context::stack_traits;
    void* memory;
    boost::context::stack_context allocate() {
      boost::context::stack_context context;
      context.size = k_stack_bytes;
      context.sp = static_cast<char*>(memory) + k_stack_bytes;
      return context;
    }
    void deallocate(boost::context::stack_context&) noexcept {}
  };

  // Whoever arrives somewhere brings the place that was left.
  static void arrive(boost::context::fiber&& from) noexcept {
    Fiber& left = *std::exchange(left_, nullptr);
    left.forget();
    left.handle() = std::move(from);
  }

  // Boost would unwind what it destroys; an abandoned execution must not run any further.
  void forget() noexcept { ::new (static_cast<void*>(storage_)) boost::context::fiber(); }
  boost::context::fiber& handle() noexcept {
    return *std::launder(reinterpret_cast<boost::context::fiber*>(storage_));
  }

  static inline Fiber* left_ = nullptr;

  void* stack_ = nullptr;
  alignas(boost::context::fiber) unsigned char storage_[sizeof(boost::context::fiber)];
  Exceptions exceptions_{};
};

}  // namespace reactor::model
