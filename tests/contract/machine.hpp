// SPDX-License-Identifier: BSD-3-Clause
// What the system knows of this process's threads.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#if defined(__has_feature)
#define CONTRACT_HAS_FEATURE(feature) __has_feature(feature)
#else
#define CONTRACT_HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_THREAD__) || CONTRACT_HAS_FEATURE(thread_sanitizer)
#define CONTRACT_IS_THREAD_SANITIZED 1
#else
#define CONTRACT_IS_THREAD_SANITIZED 0
#endif
#if CONTRACT_IS_THREAD_SANITIZED || defined(__SANITIZE_ADDRESS__) || \
    CONTRACT_HAS_FEATURE(address_sanitizer) || defined(REACTOR_COUNTS_COVERAGE)
#define CONTRACT_IS_INSTRUMENTED 1
#else
#define CONTRACT_IS_INSTRUMENTED 0
#endif
inline constexpr bool k_is_instrumented = CONTRACT_IS_INSTRUMENTED;

// Sanitizers, and counting what is covered, slow everything down many times: such a build does less
// of the same.
constexpr int scaled(int count, int instrumented_count) {
  return k_is_instrumented ? instrumented_count : count;
}

inline std::string read_all(std::filesystem::path const& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::filesystem::path thread_dir(pid_t thread) {
  return std::filesystem::path("/proc/self/task") / std::to_string(thread);
}

// By number, the threads of the Reactor of this name.
inline std::map<std::size_t, pid_t> workers_of(std::string const& name) {
  std::map<std::size_t, pid_t> workers;
  for (auto const& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string const comm = read_all(entry.path() / "comm");
    if (comm.rfind(name + "/", 0) != 0) continue;
    workers[std::stoul(comm.substr(name.size() + 1))] = std::stoi(entry.path().filename().string());
  }
  return workers;
}

// As in /proc/self/task/<thread>/status: "0-3,8".
inline std::set<int> allowed_cpus(pid_t thread) {
  std::string const status = read_all(thread_dir(thread) / "status");
  std::string const key = "Cpus_allowed_list:";
  std::istringstream list(status.substr(status.find(key) + key.size()));
  std::set<int> cpus;
  int first = 0;
  while (list >> first) {
    int last = first;
    if (list.peek() == '-') {
      list.ignore();
      list >> last;
    }
    for (int cpu = first; cpu <= last; ++cpu) cpus.insert(cpu);
    if (list.peek() != ',') break;
    list.ignore();
  }
  return cpus;
}

// Those that the calling thread may use.
inline std::vector<int> usable_cpus() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  sched_getaffinity(0, sizeof(mask), &mask);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<unsigned>(cpu), &mask)) cpus.push_back(cpu);
  }
  return cpus;
}

// Everything that changes when the thread runs, as one number: its context switches and CPU time.
inline std::uint64_t activity(pid_t thread) {
  std::uint64_t sum = 0;
  std::istringstream status(read_all(thread_dir(thread) / "status"));
  for (std::string line; std::getline(status, line);) {
    auto const key = line.find("ctxt_switches:");
    if (key != std::string::npos) sum += std::stoull(line.substr(line.find(':') + 1));
  }
  // After the name in parentheses: state and ten more fields, then utime and stime.
  std::string const stat = read_all(thread_dir(thread) / "stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  fields >> user_ticks >> system_ticks;
  return sum + user_ticks + system_ticks;
}
