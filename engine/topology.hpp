// SPDX-License-Identifier: BSD-3-Clause
// Which CPUs there are for this process, in which order to use them, and who already does.
#pragma once

#include <sched.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reactor::engine {

// Beyond what the kernel can be built for (8192).
inline constexpr int k_cpus_max = 16384;

// As many CPUs as a kernel can be built for, twice. Bindings are set and asked for without hwloc,
// which allocates for it and doesn't look whether it got its memory.
class CpuMask {
 public:
  bool has(int cpu) const noexcept {
    return is_valid(cpu) && CPU_ISSET_S(static_cast<std::size_t>(cpu), sizeof(bits_), bits_.data());
  }
  // False when that cannot be a CPU.
  bool add(int cpu) noexcept {
    if (!is_valid(cpu)) return false;
    CPU_SET_S(static_cast<std::size_t>(cpu), sizeof(bits_), bits_.data());
    return true;
  }
  bool is_only(int cpu) const noexcept {
    return has(cpu) && CPU_COUNT_S(sizeof(bits_), bits_.data()) == 1;
  }
  // Of a thread; 0: the calling one.
  bool read(pid_t thread = 0) noexcept {
    return sched_getaffinity(thread, sizeof(bits_), bits_.data()) == 0;
  }
  bool apply() const noexcept { return apply_to(0); }
  bool apply_to(pid_t thread) const noexcept {
    return sched_setaffinity(thread, sizeof(bits_), bits_.data()) == 0;
  }

  std::vector<int> cpus() const {
    std::vector<int> cpus;
    for (int cpu = 0; cpu < k_cpus_max; ++cpu) {
      if (has(cpu)) cpus.push_back(cpu);
    }
    return cpus;
  }

 private:
  static bool is_valid(int cpu) noexcept { return cpu >= 0 && cpu < k_cpus_max; }
  std::array<cpu_set_t, k_cpus_max / CPU_SETSIZE> bits_{};
};

// What the thread that makes this may use.
class CpusOfThread {
 public:
  CpusOfThread() noexcept : is_known_(mask_.read()) {}
  // The calling thread may use the same, as far as the system lets it.
  void apply() const noexcept {
    if (is_known_) mask_.apply();
  }

 private:
  CpuMask mask_;
  bool is_known_;
};

// The CPUs that the calling thread may use, one of each core first, hyperthreads after. Never
// empty.
std::vector<int> usable_cpus();

// Binds the calling thread. False when the system refuses.
bool pin_this_thread(int cpu) noexcept;

// CPUs that the workers of one Reactor are pinned to, counted for the whole process so that
// Reactors don't pile onto the same ones.
class CpuClaim {
 public:
  // For each of `workers`, the CPU of `candidates` that the fewest workers of this process are
  // pinned to, the first of those in case of doubt.
  static CpuClaim choose(std::size_t workers, std::vector<int> const& candidates);
  // For each of `workers` the next of `cpus`, over and over.
  static CpuClaim exactly(std::size_t workers, std::vector<int> const& cpus);

  CpuClaim() = default;
  CpuClaim(CpuClaim&& other) noexcept { cpus_.swap(other.cpus_); }
  CpuClaim& operator=(CpuClaim&&) = delete;
  ~CpuClaim();

  // By worker. Empty when nothing is claimed.
  std::vector<int> const& cpus() const noexcept { return cpus_; }
  // How many CPUs these are. 0 when nothing is claimed.
  std::uint32_t different() const;

 private:
  std::vector<int> cpus_;
};

}  // namespace reactor::engine
