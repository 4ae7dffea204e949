// SPDX-License-Identifier: BSD-3-Clause
// All that may happen in one way or another is asked for here, so that an execution is nothing but
// its list of answers: to enumerate all lists is to explore, to repeat one is to replay.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/model/heap.hpp"

namespace reactor::model {

// Answer 0 is what mostly happens. Any other answer costs one of a bounded number of its kind.
enum class Kind : std::uint8_t {
  free,        // who of several runs when one has to be picked: costs nothing
  preemption,  // another thread runs although this one could
  stale,       // an older value is read, a store is overtaken, a queue or a futex lies
  fault,       // a resource is not to be had
};
inline constexpr std::size_t k_kinds = 4;

struct Bounds {
  int preemptions = 2;
  int stale = 2;
  int faults = 0;
};

class Choices {
 public:
  explicit Choices(Bounds const& bounds) : bounds_(bounds) {}

  // Exhaustive: begins the next execution; false when there is none left.
  bool next();
  // Exhaustive: from the beginning.
  void restart(Bounds const& bounds) { bounds_ = bounds, path_.clear(), is_first_ = true; }
  Bounds const& bounds() const noexcept { return bounds_; }

  void begin_random(std::uint64_t seed);
  void begin_replay(std::vector<std::uint8_t> answers);

  bool is_random() const noexcept { return mode_ == Mode::random; }
  // Random mode: one of 0 ... count - 1, all equally likely.
  std::size_t draw(std::size_t count) noexcept { return (random_() >> 33) % count; }

  // While held, everything happens as it mostly does, and nothing is explored.
  void hold(bool is_held) noexcept { is_held_ = is_held; }
  bool is_held() const noexcept { return is_held_; }

  bool has_budget(Kind kind) const noexcept {
    if (is_held_) return false;
    return kind == Kind::free || left_[static_cast<std::size_t>(kind)] > 0;
  }

  // One of 0 ... count - 1.
  std::size_t choose(std::size_t count, Kind kind) {
    if (count <= 1 || !has_budget(kind)) return 0;
    std::size_t answer = 0;
    switch (mode_) {
      case Mode::exhaustive:
        if (at_ == path_.size()) path_.push_back({0, static_cast<std::uint8_t>(count)});
        answer = path_[at_++].answer;
        break;
      case Mode::random:
        answer = draw(count, kind);
        answers_.push_back(static_cast<std::uint8_t>(answer));
        break;
      case Mode::replay:
        if (at_ < answers_.size()) answer = answers_[at_++];
        break;
    }
    if (answer != 0 && kind != Kind::free) --left_[static_cast<std::size_t>(kind)];
    return answer;
  }

  // The answers given in this execution so far.
  std::vector<std::uint8_t> answers() const;

 private:
  enum class Mode { exhaustive, random, replay };
  struct Step {
    std::uint8_t answer;
    std::uint8_t count;
  };

  // A small state, because every execution seeds it anew. Its low bits are not random.
  using Random =
      std::linear_congruential_engine<std::uint64_t, 6364136223846793005u, 1442695040888963407u, 0>;

  std::size_t draw(std::size_t count, Kind kind);
  void refill() noexcept {
    left_ = {1, bounds_.preemptions, bounds_.stale, bounds_.faults};
    at_ = 0;
    is_held_ = false;
  }

  Bounds bounds_;
  std::array<int, k_kinds> left_{};
  Mode mode_ = Mode::exhaustive;
  bool is_first_ = true;
  bool is_held_ = false;
  std::size_t at_ = 0;
  Vector<Step> path_;
  Vector<std::uint8_t> answers_;
  Random random_;
};

// As text and back: runs of zeroes are counted, so that a path stays short.
std::string to_text(std::vector<std::uint8_t> const& answers);
std::vector<std::uint8_t> from_text(std::string const& text);

}  // namespace reactor::model
