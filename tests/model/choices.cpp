// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/choices.hpp"

#include <sstream>

namespace reactor::model {

bool Choices::next() {
  mode_ = Mode::exhaustive;
  refill();
  if (is_first_) {
    is_first_ = false;
    return true;
  }
  while (!path_.empty() && path_.back().answer + 1 == path_.back().count) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().answer;
  return true;
}

void Choices::begin_random(std::uint64_t seed) {
  mode_ = Mode::random;
  refill();
  answers_.clear();
  random_.seed(seed * 0x9e3779b97f4a7c15u + 1);  // neighbouring seeds far apart
  random_.discard(2);
}

void Choices::begin_replay(std::vector<std::uint8_t> answers) {
  mode_ = Mode::replay;
  refill();
  answers_.assign(answers.begin(), answers.end());
}

std::size_t Choices::draw(std::size_t count, Kind kind) {
  constexpr std::size_t k_mostly = 6;  // one in so many answers is not the usual one
  if (kind == Kind::free) return draw(count);
  return draw(k_mostly) == 0 ? 1 + draw(count - 1) : 0;
}

std::vector<std::uint8_t> Choices::answers() const {
  if (mode_ != Mode::exhaustive) return {answers_.begin(), answers_.end()};
  std::vector<std::uint8_t> answers;
  for (Step const& step : path_) answers.push_back(step.answer);
  return answers;
}

std::string to_text(std::vector<std::uint8_t> const& answers) {
  std::string text;
  std::size_t zeroes = 0;
  for (std::uint8_t const answer : answers) {
    if (answer == 0) {
      ++zeroes;
      continue;
    }
    if (!text.empty()) text += ' ';
    text += std::to_string(zeroes) + ':' + std::to_string(answer);
    zeroes = 0;
  }
  return text;
}

std::vector<std::uint8_t> from_text(std::string const& text) {
  std::vector<std::uint8_t> answers;
  std::istringstream in(text);
  std::size_t zeroes = 0;
  char colon = 0;
  int answer = 0;
  while (in >> zeroes >> colon >> answer) {
    answers.insert(answers.end(), zeroes, 0);
    answers.push_back(static_cast<std::uint8_t>(answer));
  }
  return answers;
}

}  // namespace reactor::model
