// SPDX-License-Identifier: BSD-3-Clause
// A run whose tasks fail, and whether its errors tell where.
#pragma once

#include <cstring>
#include <iostream>
#include <reactor/reactor.hpp>
#include <string>

#include "failing.hpp"

namespace {

// What the way of compiling leaves: nothing but places, functions, or lines.
enum class Knows { places, functions, lines };

bool is_told(reactor::TraceFrame const& frame, failing::Place const& place, Knows knows) {
  if (frame.module.empty() || frame.offset == 0) return false;
  if (knows == Knows::places) return true;
  if (!frame.function.starts_with(place.function)) return false;
  if (knows == Knows::functions) return true;
  return frame.file.ends_with("failing.cpp") && frame.line == place.line;
}

// The three frames, and nothing before them.
bool is_told(reactor::Traceback const& traceback, failing::Place const* places, Knows knows) {
  bool told = traceback.frames().size() > 3;
  for (std::size_t i = 0; told && i < 3; ++i) {
    told = is_told(traceback.frames()[i], places[i], knows);
  }
  if (!told) std::cout << traceback.to_string(true) << traceback.missing() << '\n';
  return told;
}

bool tells_where(char const* how, void (*load)(int) = &failing::load,
                 failing::Place const* places = failing::k_places) {
  Knows const knows = std::strcmp(how, "lines") == 0       ? Knows::lines
                      : std::strcmp(how, "functions") == 0 ? Knows::functions
                                                           : Knows::places;
  reactor::Reactor reactor({.stop_on_error = false, .parallelism = 2});
  auto const results = reactor.run(100, [&](std::size_t) { load(1); });
  for (auto const outcome : results) {
    if (!is_told(outcome.error().traceback(), places, knows)) return false;
  }
  // For addr2line.
  for (int i = 0; i < 3; ++i) {
    auto const& frame = results[0].error().traceback().frames()[static_cast<std::size_t>(i)];
    std::cout << frame.module << ' ' << std::hex << frame.offset << '\n';
  }
  return true;
}

}  // namespace
