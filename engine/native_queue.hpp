// SPDX-License-Identifier: BSD-3-Clause
// NativeEnv's queue: moodycamel's lock-free MPMC queue, behind the three calls that the engine
// needs.
//
// What it promises, and all that the algorithms rely on: what was pushed is popped at most once; an
// element whose push happened before is found by a pop that no other pop overlaps; a push finds
// room unless 32 elements are inside, counted from the oldest that is still there or just being
// popped. An empty look proves nothing.
#pragma once

// The renamed namespace keeps our instantiation apart from a user's own copy of the header,
// whatever its version, even when everything is linked into one binary.
#pragma push_macro("moodycamel")
#define moodycamel reactor_moodycamel
#include <concurrentqueue.h>
#undef moodycamel
#pragma pop_macro("moodycamel")

#include <cstddef>
#include <new>

namespace reactor::engine {

// A producer rarely holds more than a handful of elements: small blocks, allocated up front.
struct QueueTraits : reactor_moodycamel::ConcurrentQueueDefaultTraits {
  static constexpr std::size_t BLOCK_SIZE = 16;
  static constexpr std::size_t EXPLICIT_INITIAL_INDEX_SIZE = 8;
  static constexpr std::size_t INITIAL_IMPLICIT_PRODUCER_HASH_SIZE = 0;
};

template <class T>
class NativeQueue {
 public:
  // The right to push. One thread at a time; another may take over after a happens-before edge.
  // Allocates everything it will ever use; throws std::bad_alloc.
  class Producer {
   public:
    explicit Producer(NativeQueue& home) : home_(&home), token_(home.queue_) {
      if (!token_.valid()) throw std::bad_alloc();
      bool primed = true;
      for (std::size_t i = 0; primed && i < k_primed; ++i)
        primed = home.queue_.enqueue(token_, T{});
      T ignored;
      while (home.queue_.try_dequeue_from_producer(token_, ignored)) {
      }
      if (!primed) throw std::bad_alloc();
    }

    // Lock-free, never allocates. False when there is no room.
    bool push(T const& element) { return home_->queue_.try_enqueue(token_, element); }

    // Any thread. Lock-free. Only what this producer pushed, oldest first. False proves nothing.
    bool pop(T& element) {
      return token_.valid() && home_->queue_.try_dequeue_from_producer(token_, element);
    }

   private:
    // Three blocks: when a block is full and the next is needed, 32 elements lie in two of them.
    static constexpr std::size_t k_primed = 3 * QueueTraits::BLOCK_SIZE;
    NativeQueue* home_;
    reactor_moodycamel::ProducerToken token_;
  };

  NativeQueue() : queue_(0) {}

 private:
  reactor_moodycamel::ConcurrentQueue<T, QueueTraits> queue_;
};

}  // namespace reactor::engine
