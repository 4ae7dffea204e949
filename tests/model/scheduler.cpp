// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/scheduler.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include "tests/model/thread_ends.hpp"

namespace reactor::model {

Scheduler* Scheduler::running_ = nullptr;

void Scheduler::run(Body const& main) {
  running_ = this;
  main_ = &main;
  for (Thread& thread : threads_) thread.state = Thread::State::unused;
  count_ = 1;
  self_ = 0;
  steps_ = 0;
  now_ns_ = 1;
  failure_.clear();
  Thread& first = threads_[0];
  first.state = Thread::State::runnable;
  first.clock = {};
  first.body = nullptr;
  first.created = 0;
  first.has_yielded = false;
  first.is_joined = true;
  std::snprintf(first.name, sizeof first.name, "main");
  drawn_ = 0;
  if (choices_.is_random()) begin_randomly();
  first.fiber.start(&Scheduler::enter_thread);
  heap::begin();
  first.fiber.switch_from(outside_);
  heap::end();
}

void Scheduler::enter_thread() {
  Scheduler& scheduler = *running_;
  try {
    if (scheduler.self_ == 0) {
      (*scheduler.main_)();
    } else {
      std::unique_ptr<Body> const body(std::exchange(scheduler.current().body, nullptr));
      (*body)();
    }
  } catch (ThreadEnds const&) {
  } catch (std::exception const& error) {
    scheduler.fail(std::string("an exception left a thread: ") + error.what());
  } catch (...) {
    scheduler.fail("an exception left a thread");
  }
  scheduler.current().state = Thread::State::finished;
  scheduler.go_elsewhere();
}

std::uint32_t Scheduler::spawn(char const* name, Body body) {
  step();
  if (count_ == k_threads_max) fail("more threads than the checker has room for");
  std::uint32_t const number = count_++;
  Thread& thread = threads_[number];
  thread.state = Thread::State::runnable;
  thread.body = new Body(std::move(body));
  thread.clock = current().clock;
  thread.clock.reached[number] = 1;
  thread.created = 0;
  thread.has_yielded = false;
  thread.is_joined = false;
  thread.deadline_ns = k_never_ns;
  if (choices_.is_random()) {
    thread.priority = static_cast<std::int64_t>(1 + choices_.draw(1u << 20));
  }
  std::snprintf(thread.name, sizeof thread.name, "%s", name);
  thread.fiber.start(&Scheduler::enter_thread);
  return number;
}

void Scheduler::join(std::uint32_t number) {
  step();
  Thread& other = threads_[number];
  wait_until(&other, [](void const* thread) {
    return static_cast<Thread const*>(thread)->state == Thread::State::finished;
  });
  other.is_joined = true;
  current().clock.join(other.clock);
}

void Scheduler::wait_until(void const* on, bool (*is_over)(void const*)) {
  if (is_over(on)) return;
  Thread& thread = current();
  thread.state = Thread::State::waiting;
  thread.waits_on = on;
  thread.is_over = is_over;
  thread.deadline_ns = k_never_ns;
  go_elsewhere();
}

void Scheduler::wait_for_wake(void const* on, std::uint64_t deadline_ns) {
  Thread& thread = current();
  thread.state = Thread::State::waiting;
  thread.waits_on = on;
  thread.is_over = nullptr;
  thread.deadline_ns = deadline_ns;
  go_elsewhere();
}

bool Scheduler::wake_one(void const* on) {
  std::uint32_t sleepers[k_threads_max];
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (threads_[i].state == Thread::State::waiting && threads_[i].is_over == nullptr &&
        threads_[i].waits_on == on) {
      sleepers[count++] = i;
    }
  }
  if (count == 0) return false;
  threads_[sleepers[choices_.choose(count, Kind::free)]].state = Thread::State::runnable;
  return true;
}

// Keeps on, or is interrupted by somebody who can run, or by a timeout.
void Scheduler::maybe_switch() {
  std::uint32_t others[k_threads_max] = {};
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (i != self_ && (may_run(threads_[i]) || is_timed(threads_[i]))) others[count++] = i;
  }
  if (count == 0) return;
  std::size_t const answer = choices_.is_random() ? draw_step(others, count)
                                                  : choices_.choose(count + 1, Kind::preemption);
  if (answer != 0) switch_to(others[answer - 1]);
}

void Scheduler::begin_randomly() {
  for (auto& change : changes_) change = choices_.draw(pct_steps);
  threads_[0].priority = static_cast<std::int64_t>(1 + choices_.draw(1u << 20));
  lowest_ = 0;
}

// PCT (Burckhardt et al., ASPLOS 2010): always the thread of the highest priority; at a few steps,
// chosen beforehand, the running one becomes the lowest. 0: keeps on; i: others[i - 1].
std::size_t Scheduler::draw_step(std::uint32_t const* others, std::size_t count) {
  for (std::uint64_t const change : changes_) {
    if (change == drawn_) current().priority = --lowest_;
  }
  ++drawn_;
  constexpr std::size_t k_timeout_rarely = 64;
  std::size_t answer = 0;
  std::int64_t highest = current().priority;
  for (std::size_t i = 0; i < count; ++i) {
    Thread const& other = threads_[others[i]];
    if (is_timed(other)) {
      if (choices_.draw(k_timeout_rarely) == 0) return i + 1;
    } else if (other.priority > highest) {
      highest = other.priority;
      answer = i + 1;
    }
  }
  return answer;
}

std::uint32_t Scheduler::pick(std::uint32_t const* among, std::size_t count) {
  if (!choices_.is_random() || choices_.is_held()) return among[choices_.choose(count, Kind::free)];
  return *std::max_element(among, among + count, [this](std::uint32_t a, std::uint32_t b) {
    return threads_[a].priority < threads_[b].priority;
  });
}

std::uint32_t Scheduler::first_deadline() const noexcept {
  std::uint32_t first = k_threads_max;
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (is_timed(threads_[i]) &&
        (first == k_threads_max || threads_[i].deadline_ns < threads_[first].deadline_ns)) {
      first = i;
    }
  }
  return first;
}

void Scheduler::go_elsewhere() {
  std::uint32_t ready[k_threads_max];
  std::size_t count = 0;
  bool all_finished = true;
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (may_run(threads_[i])) ready[count++] = i;
    all_finished = all_finished && threads_[i].state == Thread::State::finished;
  }
  if (all_finished) {
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (!threads_[i].is_joined) fail("a thread was neither joined nor detached");
    }
    if (heap::was_freed_twice()) fail("a block was freed twice");
    if (heap::live() != 0) fail("leak: " + std::to_string(heap::live()) + " blocks");
    abandon();
  }
  if (count != 0) return switch_to(pick(ready, count));
  // Time passes only when nobody can do anything.
  std::uint32_t const timed = first_deadline();
  if (timed == k_threads_max) fail("deadlock: " + who_waits());
  switch_to(timed);
}

void Scheduler::switch_to(std::uint32_t next) {
  Thread& thread = threads_[next];
  if (is_timed(thread)) now_ns_ = std::max(now_ns_, thread.deadline_ns);
  thread.state = Thread::State::runnable;
  thread.deadline_ns = k_never_ns;
  thread.has_yielded = false;
  if (next == self_) return;
  Fiber& left = current().fiber;
  self_ = next;
  thread.fiber.switch_from(left);
}

// In turn, so that a waiting loop alone adds nothing to explore.
void Scheduler::relax() {
  if (++steps_ > k_steps_max) give_up();
  advance_ns(k_relax_ns);
  current().has_yielded = true;
  bool const is_drawn = choices_.is_random() && !choices_.is_held();
  if (is_drawn) current().priority = --lowest_;
  for (std::uint32_t round = 0; round < 2; ++round) {
    std::uint32_t ready[k_threads_max];
    std::size_t count = 0;
    for (std::uint32_t i = 1; i < count_; ++i) {
      std::uint32_t const other = (self_ + i) % count_;
      if (may_run(threads_[other]) && !threads_[other].has_yielded) ready[count++] = other;
    }
    if (count != 0) return switch_to(is_drawn ? pick(ready, count) : ready[0]);
    // All that can run only wait for something: for the clock, perhaps.
    std::uint32_t const timed = first_deadline();
    if (timed != k_threads_max && round == 0 && timed != self_) return switch_to(timed);
    for (Thread& thread : threads_) thread.has_yielded = false;
    current().has_yielded = true;
  }
}

void Scheduler::abandon() {
  outside_.switch_from(current().fiber);
  std::abort();
}

void Scheduler::fail(std::string const& what) {
  heap::end();
  failure_ = what;
  abandon();
}

void Scheduler::give_up() {
  fail("no end after " + std::to_string(k_steps_max) + " steps");
}

std::string Scheduler::who_waits() const {
  std::string text;
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (threads_[i].state != Thread::State::waiting) continue;
    if (!text.empty()) text += ", ";
    text += threads_[i].name;
    text += " waits for ever";
  }
  return text;
}

}  // namespace reactor::model
