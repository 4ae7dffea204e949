// SPDX-License-Identifier: BSD-3-Clause
// Draws random programs, plays them, and checks every outcome, until time is up. What is random is
// what the programs are; how their threads meet is up to the machine.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <reactor/reactor.hpp>
#include <string>
#include <thread>

#include "describe.hpp"
#include "draw.hpp"
#include "instrumented.hpp"
#include "player.hpp"
#include "signals.hpp"
#include "watchdog.hpp"

namespace {

using namespace stress;
using std::chrono::steady_clock;

constexpr char const* k_hang = "hang";
constexpr char const* k_difference = "difference";
constexpr int k_exit_differs = 1;
constexpr int k_exit_cannot_run = 2;

std::map<std::string, Profile> const k_profiles{
    {"default", Profile::mixed},   {"errors", Profile::errors},
    {"churn", Profile::churn},     {"nested", Profile::nested},
    {"fork", Profile::fork},       {"oversubscribe", Profile::oversubscribe},
    {"signals", Profile::signals}, {"timeouts", Profile::timeouts},
    {"submit", Profile::submit},
};

struct Arguments {
  double seconds = 60;
  std::uint64_t seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  std::uint64_t first = 0;
  std::size_t threads = std::max<std::size_t>(2, std::thread::hardware_concurrency());
  std::string profile = "default";
  unsigned patience_s = 30;  // a CPU of a busy virtual machine was seen to stand still for 10
  std::string provoked;

  std::string replay(std::uint64_t number) const {
    return fmt::format(
        "To replay: tools/stress --seed {} --profile {} --threads {} --first {}\n"
        "The programs will be the same, from number {} on; how threads meet is not replayed, so it "
        "may\ntake a while, or other programs, to see it again.\n",
        seed, profile, threads, number, number);
  }
};

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--seconds", arguments.seconds, "How long")
      ->check(CLI::Range(0.001, 1e9))
      ->capture_default_str();
  app.add_option("--seed", arguments.seed, "What the programs are drawn from; random if not given");
  app.add_option("--first", arguments.first, "The number of the program to begin with")
      ->capture_default_str();
  app.add_option("--threads", arguments.threads, "Workers of a Reactor, about")
      ->check(CLI::Range(std::size_t{1}, std::size_t{2048}))
      ->capture_default_str();
  app.add_option("--profile", arguments.profile, "What to draw programs for")
      ->check(CLI::IsMember(k_profiles))
      ->capture_default_str();
  app.add_option("--patience", arguments.patience_s, "Seconds without progress that are a hang")
      ->check(CLI::Range(1u, 3600u))
      ->capture_default_str();
  app.add_option("--provoke", arguments.provoked, "Goes wrong, to show what happens then")
      ->check(CLI::IsMember({k_hang, k_difference}));
}

// What the watchdog is to find.
[[noreturn]] void hang() {
  reactor::Reactor reactor({.parallelism = 2});
  reactor.run(2, [](std::size_t) {
    for (;;) pause();
  });
  std::abort();
}

// Ends with the first difference found, or when time is up.
class Session {
 public:
  explicit Session(Arguments const& arguments) : arguments_(arguments) {}

  int run() {
    std::string differences;
    {
      Watchdog const watchdog(totals_, std::chrono::seconds(arguments_.patience_s),
                              [this] { return tell_where(); });
      if (arguments_.provoked == k_hang) hang();
      std::optional<SignalStorm> storm;
      if (profile() == Profile::signals) storm.emplace();
      differences = play_all();
    }
    print_summary();
    if (differences.empty()) return 0;
    fmt::print("\nWRONG: program {} of seed {}\n{}\n{}\n\n{}", number_.load(), arguments_.seed,
               differences, describe(program_), arguments_.replay(number_));
    return k_exit_differs;
  }

 private:
  Profile profile() const { return k_profiles.at(arguments_.profile); }

  std::string play_all() {
    for (number_ = arguments_.first; !is_over; ++number_) {
      program_ = draw(profile(), arguments_.seed, number_, arguments_.threads);
      std::string differences = play(program_, totals_, is_over);
      if (arguments_.provoked == k_difference) differences += "provoked\n";
      if (!differences.empty()) return differences;
    }
    return {};
  }

  // For the watchdog, while another thread hangs.
  std::string tell_where() const {
    std::uint64_t const number = number_;
    return fmt::format("Program {} of seed {}\n{}\n\n{}", number, arguments_.seed,
                       describe(draw(profile(), arguments_.seed, number, arguments_.threads)),
                       arguments_.replay(number));
  }

  void print_summary() const {
    Totals const& t = totals_;
    auto const line = [](char const* name, auto const& value) {
      fmt::print("{:<15}{:>14}\n", name, value);
    };
    line("runs", t.runs.load());
    line("tasks", t.tasks.load());
    line("errors", t.errors.load());
    line("steals", t.steals.load());
    line("parks", t.parks.load());
    line("wakes", t.wakes.load());
    line("seed", arguments_.seed);
    line("profile", arguments_.profile);
    line("threads", arguments_.threads);
    line(
        "seconds",
        fmt::format("{:.1f}", std::chrono::duration<double>(steady_clock::now() - start_).count()));
    line("programs", t.programs.load());
    line("runs of one task, on a worker", t.woken_runs.load());
    line("stopped runs", t.stopped_runs.load());
    line("inner runs", t.inner_runs.load());
    line("reactors", t.reactors.load());
    line("callers", t.callers.load());
    if (t.forks != 0) line("forks", t.forks.load());
    if (t.timeouts != 0) line("timeouts", t.timeouts.load());
    if (profile() == Profile::signals) {
      line("signals sent", SignalStorm::sent());
      line("signals taken", SignalStorm::handled());
    }
  }

  Arguments const& arguments_;
  Totals totals_;
  steady_clock::time_point const start_ = steady_clock::now();
  std::atomic<std::uint64_t> number_{0};
  Program program_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Plays random programs on the library and checks every outcome.");
  Arguments arguments;
  add_options(app, arguments);
  try {
    app.parse(argc, argv);
    end_after(arguments.seconds);
    fmt::print("seed {}, profile {}, {} threads, {} s{}\n", arguments.seed, arguments.profile,
               arguments.threads, arguments.seconds, k_is_instrumented ? ", with a sanitizer" : "");
    std::fflush(stdout);
    return Session(arguments).run();
  } catch (CLI::ParseError const& error) {
    return app.exit(error) == 0 ? 0 : k_exit_cannot_run;
  } catch (std::exception const& error) {
    fmt::print(stderr, "stress: {}\n", error.what());
    return k_exit_cannot_run;
  }
}
